import { AppError, isAppError, messageOf } from '../core/errors.ts';

/** What was asked of AWS, for messages. */
export interface AwsRequest {
  /** The IAM action that allows it, as `lambda:ListTags`. */
  action: string;
  /** What it was asked about. */
  resource?: string;
}

const throttling = new Set([
  'ProvisionedThroughputExceededException',
  'TooManyRequestsException',
  'ThrottledException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'ProvisionedThroughputExceededException',
]);

const denied = new Set(['AccessDeniedException', 'AccessDenied', 'KMSAccessDeniedException']);

/** Common errors of the signature (https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html) and of the SDK. */
const badCredentials = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'NotAuthorized',
  'OptInRequired',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
  'CredentialsProviderError',
  'TokenProviderError',
]);

const missing = new Set(['ResourceNotFoundException', 'ParameterNotFound', 'ParameterVersionNotFound']);

/** Codes by which Node reports that it does not trust a certificate. */
const tlsCode = /^(CERT_|ERR_TLS_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY))/;

/** The members of the SDK's and Node's errors that are read here. */
interface SdkError {
  name: string;
  message: string;
  code?: unknown;
  $fault?: unknown;
  $metadata?: { httpStatusCode?: number };
}

/** `lambda:ListTags of arn:…`. */
export function describe({ action, resource }: AwsRequest): string {
  return resource === undefined ? action : `${action} of ${resource}`;
}

/** The answer to `request` lacks what such answers hold: cut short or not from AWS, so never to be taken for "nothing". */
export function garbled(request: AwsRequest): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', `The answer to ${describe(request)} was cut short or garbled.`);
}

/** What a failed call means: UPSTREAM_* by kind, NOT_FOUND, or CONFIG_INVALID without a region. */
export function awsError(cause: unknown, request: AwsRequest): AppError {
  if (isAppError(cause)) return cause;
  // Kept out of the cause too: both message and error quote the answer, which may be a secret.
  if (cause instanceof SyntaxError) return garbled(request);
  const error: SdkError = cause instanceof Error ? cause : { name: 'Error', message: messageOf(cause) };
  const what = describe(request);
  const said = `${error.name}: ${error.message}`;
  const details = { error: error.name, action: request.action };
  const status = error.$metadata?.httpStatusCode ?? 0;

  if (throttling.has(error.name) || status === 429) {
    return new AppError('UPSTREAM_THROTTLED', `AWS throttled ${what}.`, { cause, details });
  }
  if (denied.has(error.name)) {
    const grant = /\bkms:Decrypt\b/.test(error.message) ? 'kms:Decrypt on its key' : request.action;
    const message = `AWS denied ${what}: grant ${grant}. ${said}`;
    return new AppError('UPSTREAM_AUTH', message, { cause, details });
  }
  if (badCredentials.has(error.name)) {
    const hint = 'check that AWS credentials are configured and not expired, and the clock';
    return new AppError('UPSTREAM_AUTH', `AWS refused the credentials for ${what}: ${hint}. ${said}`, {
      cause,
      details,
    });
  }
  if (missing.has(error.name)) return new AppError('NOT_FOUND', `${what}: ${said}`, { cause, details });
  if (error.$fault === 'server' || status >= 500) {
    return new AppError('UPSTREAM_UNAVAILABLE', `AWS failed ${what}: ${said}`, { cause, details });
  }
  return status === 0
    ? connectionError(error, what, { cause, details })
    : new AppError('UPSTREAM_REJECTED', `AWS rejected ${what}: ${said}`, { cause, details });
}

function connectionError(
  error: SdkError,
  what: string,
  options: { cause: unknown; details: Record<string, unknown> },
): AppError {
  if (error.message.startsWith('Region is missing')) {
    return new AppError('CONFIG_INVALID', `No AWS region for ${what}: set AWS_REGION.`, options);
  }
  // The SDK calls a connection that breaks a time-out as well.
  if (error.name === 'TimeoutError' && error.code !== 'ECONNRESET' && error.code !== 'EPIPE') {
    return new AppError('UPSTREAM_TIMEOUT', `${what} did not answer: ${error.message}`, options);
  }
  if (typeof error.code === 'string' && tlsCode.test(error.code)) {
    const hint =
      'if the endpoint is private, name the file of its certificate authority in NODE_EXTRA_CA_CERTS';
    return new AppError(
      'UPSTREAM_TLS',
      `The certificate for ${what} is not trusted: ${hint}. ${error.message}`,
      options,
    );
  }
  return new AppError(
    'UPSTREAM_UNAVAILABLE',
    `No connection for ${what}: ${error.message || error.name}`,
    options,
  );
}
