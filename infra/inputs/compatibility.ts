import { withDefault } from '../values/inputs.ts';

function ignored(what: string) {
  return `Deprecated and ignored: ${what}; the function is a zip.`;
}

/**
 * Further inputs of the module `hashicorp/consul-lambda/aws//modules/lambda-registrator` 0.1.0-beta6, so that switching
 * is a change of `source`: none changes what is made.
 */
export const compatibilityInputs = {
  ecrImageUri: withDefault('string', '', ignored('the image to run')),
  enableAutoPublishEcrImage: withDefault('bool', false, ignored('whether to copy the image into a registry')),
  privateEcrRepoName: withDefault('string', '', ignored('the registry to copy the image into')),
  consulLambdaRegistratorImage: withDefault('string', '', ignored('the image to copy')),
  dockerHost: withDefault('string', '', ignored('the Docker daemon that copies the image')),
};
