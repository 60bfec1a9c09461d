import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { createSigner } from '../aws/signer.ts';
import type { Authentication } from '../registry-client/client.ts';

/** The region that an address of API Gateway or of a Function URL names. */
export function regionOf(url: URL): string | undefined {
  return /\.(?:execute-api|lambda-url)\.([a-z0-9-]+)\./.exec(url.hostname)?.[1];
}

/** Signs requests to a registry with AWS's usual credentials, found when they are needed. */
export function iamAuthentication(region: string): Authentication {
  const credentials = defaultProvider();
  return {
    kind: 'iam',
    sign: async (service, request) => {
      const signer = createSigner({ service, region }, request);
      return withoutHost(signer.sign(request.body, await credentials(), Date.now()));
    },
  };
}

/** Headers for a client that adds `host` by itself, and refuses to be given it. */
function withoutHost(flat: readonly string[]): Record<string, string> {
  const pairs = flat.flatMap((name, at) =>
    at % 2 === 0 && name !== 'host' ? [[name, flat[at + 1] ?? '']] : [],
  );
  return Object.fromEntries(pairs) as Record<string, string>;
}
