import type { Environment } from '../../config/options.ts';
import { isAppError } from '../../core/errors.ts';
import { type RegistratorConfig, readRegistratorConfig } from '../config.ts';
import { awsExaminations } from './aws.ts';
import { type Check, type Examination, examine, type Finding, notLooked, ok, warn } from './check.ts';
import { awsClock, consulClock } from './clocks.ts';
import { consulExaminations, consulReach } from './consul.ts';
import { eventExaminations } from './events.ts';
import { extensionExaminations } from './extension-data.ts';
import { functionExaminations } from './functions.ts';
import { gatewayLinks } from './gateways.ts';
import { policyExaminations } from './policy.ts';
import type { Subject } from './subject.ts';

/** From outside in, each after those that it needs. */
export const examinations: readonly Examination[] = [
  ...awsExaminations,
  ...eventExaminations,
  awsClock,
  consulReach,
  consulClock,
  ...consulExaminations,
  ...policyExaminations,
  ...functionExaminations,
  ...extensionExaminations,
  gatewayLinks,
];

/** What looks, and how to end it. */
export interface Fitted {
  subject: Subject;
  close: () => Promise<void>;
}

/**
 * Looks at everything that a sync rests on, and changes nothing. Whatever is not well is a line, the environment as well.
 * @param fit makes the clients for a valid environment
 * @param onLook hears the name of each check before it is made
 */
export async function doctor(
  env: Environment,
  fit: (config: RegistratorConfig, env: Environment) => Fitted,
  onLook: (name: string) => void,
): Promise<Check[]> {
  const { config, finding } = readEnvironment(env);
  const environment = { name: 'environment', ...finding };
  if (config === undefined) {
    return [environment, ...examinations.map(({ name }) => ({ name, ...notLooked('environment') }))];
  }
  const { subject, close } = fit(config, env);
  try {
    return [environment, ...(await examine(subject, examinations, onLook))];
  } finally {
    await close();
  }
}

function readEnvironment(env: Environment): { config: RegistratorConfig | undefined; finding: Finding } {
  try {
    const config = readRegistratorConfig(env);
    const remedy = 'Write the setting as it counts.';
    return {
      config,
      finding: config.warnings.length === 0 ? ok('valid') : warn(config.warnings.join(' '), remedy),
    };
  } catch (error) {
    if (!isAppError(error, 'CONFIG_INVALID')) throw error;
    const remedy = 'Set each of these variables as it says.';
    return { config: undefined, finding: { status: 'FAIL', found: error.message, remedy } };
  }
}
