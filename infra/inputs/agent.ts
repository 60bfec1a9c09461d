import { withDefault } from '../values/inputs.ts';
import { each, matching, wholeNumber } from '../values/rules.ts';
import { commonInputs } from './common.ts';
import { taskInputs } from './task.ts';

const { name, image, ...others } = taskInputs;

export const agentInputs = {
  name: { ...name, example: 'haproxy-agent' },
  image: { ...image, example: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/haproxy-agent:1.0.0' },
  configuration: withDefault(
    'string',
    '',
    "The agent's file, in YAML; without it the environment says everything, as `NAMESPACE_MAP` of `environment`. `bind`, `health.bind` and `admin.bind` are set here.",
    { example: 'sources:\n  cloud_map:\n    namespaces: [{ namespace: cluster, domain: example.com }]\n' },
  ),
  readCloudMap: withDefault(
    'bool',
    true,
    'Whether the agent may read Cloud Map; `false` where it is no source.',
  ),
  cloudMapAccountIds: withDefault(
    'list(string)',
    [],
    'Further accounts whose namespaces and services of Cloud Map may be read: those that share namespaces, or make services in shared ones.',
    { rule: each(matching(/^[0-9]{12}$/, 'the 12 digits of an account')), example: ['210987654321'] },
  ),
  port: withDefault(
    'number',
    8080,
    'Port that HAProxy takes requests on; ports below 1024 are not for its user.',
    { rule: wholeNumber(1024, 65_535) },
  ),
  trustedProxies: withDefault(
    'list(string)',
    [],
    'Addresses and networks of load balancers, whose X-Forwarded-For is kept and whose X-Forwarded-Proto is believed; those of `configuration` count unless given.',
    {
      rule: each(
        matching(/^[0-9A-Fa-f:.]{2,45}(\/[0-9]{1,3})?$/, 'a network as 10.0.0.0/16, or an IP address'),
      ),
      example: ['10.0.0.0/16'],
    },
  ),
  logLevel: {
    ...commonInputs.logLevel,
    description: 'Detail of the log; the alarm on stale sources needs `warn` or more of it.',
  },
  ...others,
};
