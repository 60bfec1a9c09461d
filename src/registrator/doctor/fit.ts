import { createAwsCallerIdentity } from '../../aws/caller-identity.ts';
import { createAwsFunctions } from '../../aws/functions.ts';
import type { EventWays } from '../../aws/inspection/api.ts';
import { createEventWays } from '../../aws/inspection/event-ways.ts';
import { createAwsServerDate } from '../../aws/inspection/server-date.ts';
import { createAwsParameters } from '../../aws/parameters.ts';
import { type Environment, variablesOf } from '../../config/options.ts';
import { connectConsul } from '../../daemon/consul.ts';
import { assemble, homeOf, type Surface } from '../compose.ts';
import { type RegistratorConfig, registratorOptions } from '../config.ts';
import type { Fitted } from './doctor.ts';
import { subjectOf } from './subject.ts';

/**
 * The clients that `doctor` looks with; nothing is called before it is needed.
 * @param env names the endpoints of CloudTrail and EventBridge as AWS's own clients read them
 */
export function fit(config: RegistratorConfig, env: Environment, surface: Surface): Fitted {
  const { clock, random, wallClock } = surface;
  const { awsRequestsPerSecond: requestsPerSecond } = config;
  const consul = connectConsul(config, variablesOf(registratorOptions), random);
  const registrator = assemble(config, surface);
  const opened: EventWays[] = [];
  const subject = subjectOf({
    config,
    home: homeOf(config),
    consul,
    functions: createAwsFunctions({ clock, random, requestsPerSecond }),
    parameters: createAwsParameters({ random }),
    caller: createAwsCallerIdentity({ random }),
    serverDate: createAwsServerDate({ random }),
    eventWays: (region) => {
      const ways = createEventWays({ region, endpoints: endpointsOf(env), clock, random });
      opened.push(ways);
      return ways;
    },
    plan: async (scope, deadline) =>
      (await registrator.synchronise({ kind: 'full', dryRun: true }, scope, deadline, () => {})).report,
    clock,
    now: wallClock,
  });
  return {
    subject,
    close: async () => {
      consul.close();
      registrator.close();
      await Promise.all(opened.map((ways) => ways.close()));
    },
  };
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
function endpointsOf(env: Environment): { cloudTrail: string | undefined; eventBridge: string | undefined } {
  const endpoint = (service: string): string | undefined =>
    (env[`AWS_ENDPOINT_URL_${service}`] || env['AWS_ENDPOINT_URL'])?.replace(/\/+$/, '') || undefined;
  return { cloudTrail: endpoint('CLOUDTRAIL'), eventBridge: endpoint('EVENTBRIDGE') };
}
