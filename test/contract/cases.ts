import { cloudMapCases } from './cloud-map-cases.ts';
import type { Cases } from './contract.ts';
import { dynamodbCases } from './dynamodb-cases.ts';
import { invokeCases } from './invoke-cases.ts';
import { lambdaCases } from './lambda-cases.ts';
import { ssmCases, stsCases } from './ssm-cases.ts';
import { taggingCases } from './tagging-cases.ts';

/** Everything that this project and its tests ask of AWS. */
export const cases: Cases = {
  ...lambdaCases,
  ...invokeCases,
  ...taggingCases,
  ...ssmCases,
  ...stsCases,
  ...dynamodbCases,
  ...cloudMapCases,
};
