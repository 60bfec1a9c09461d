/** The parts of `arn:<partition>:lambda:<region>:<account>:function:<name>[:<qualifier>]`. */
export interface FunctionArn {
  partition: string;
  region: string;
  account: string;
  functionName: string;
  /** Alias or version; absent from an unqualified ARN. */
  qualifier?: string;
}

/**
 * The shape that Lambda gives its ARNs, in every partition
 * (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-FunctionName).
 */
const pattern =
  /^arn:(aws(?:-[a-z]+)*):lambda:([a-z]{2,4}(?:-[a-z]+)+-\d):(\d{12}):function:([A-Za-z0-9_-]{1,64})(?::(\$LATEST|[A-Za-z0-9_-]{1,128}))?$/;

/** Reads a function ARN; undefined for anything else. */
export function parseFunctionArn(text: string): FunctionArn | undefined {
  const [, partition, region, account, functionName, qualifier] = pattern.exec(text) ?? [];
  if (partition === undefined || region === undefined || account === undefined) return undefined;
  if (functionName === undefined) return undefined;
  return { partition, region, account, functionName, ...(qualifier === undefined ? {} : { qualifier }) };
}

/** The ARN of the function itself, whose tags count for all of its aliases and versions. */
export function unqualifiedArn(arn: FunctionArn): string {
  return `arn:${arn.partition}:lambda:${arn.region}:${arn.account}:function:${arn.functionName}`;
}

/** The ARN of one alias of a function. */
export function aliasArn(functionArn: string, alias: string): string {
  return `${functionArn}:${alias}`;
}
