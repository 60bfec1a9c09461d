import { withDefault } from '../values/inputs.ts';
import { emptyOr, notYet, oneOf } from '../values/rules.ts';

function ignored(what: string) {
  return `Deprecated and ignored: ${what}; the function is a zip.`;
}

/**
 * Further inputs of the module `hashicorp/consul-lambda/aws//modules/lambda-registrator` 0.1.0-beta6, so that switching
 * is a change of `source`: none changes what is made. Those that ask for what does not exist yet are refused.
 */
export const compatibilityInputs = {
  ecrImageUri: withDefault('string', '', ignored('the image to run')),
  enableAutoPublishEcrImage: withDefault('bool', false, ignored('whether to copy the image into a registry')),
  privateEcrRepoName: withDefault('string', '', ignored('the registry to copy the image into')),
  consulLambdaRegistratorImage: withDefault('string', '', ignored('the image to copy')),
  dockerHost: withDefault('string', '', ignored('the Docker daemon that copies the image')),
  enterprise: withDefault('bool', false, 'Whether Consul is Consul Enterprise; not supported yet.', {
    rule: notYet(false),
  }),
  partitions: withDefault('list(string)', [], 'Admin partitions to manage; not supported yet.', {
    rule: notYet([]),
  }),
  consulExtensionDataPrefix: withDefault(
    'string',
    '',
    'Parameter Store path for mTLS data of the Consul Lambda extension; not supported yet.',
    { rule: notYet('') },
  ),
  consulExtensionDataTier: withDefault(
    'string',
    '',
    'Tier of those parameters; ignored, since none are written yet.',
    { rule: emptyOr(oneOf(['Standard', 'Advanced', 'Intelligent-Tiering'])), example: 'Intelligent-Tiering' },
  ),
};
