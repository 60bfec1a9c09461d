/** Where AWS is; what is left out the SDK finds as its documentation says: environment, profile, role. */
export interface AwsTarget {
  region?: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/**
 * Options of every SDK client. The SDK neither repeats nor times calls here: `limited-calls.ts` does, on a clock that tests can
 * replace. These timeouts in real time are the net below it, since the SDK has none of its own.
 */
export function clientOptions(target: AwsTarget = {}) {
  return {
    ...target,
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: 15_000,
      throwOnRequestTimeout: true,
      socketTimeout: 15_000,
    },
  };
}
