import { AppError, type ErrorCode, isAppError, messageOf } from '../core/errors.ts';
import { sentence } from '../core/wording.ts';

/** What was asked of AWS, for messages. */
export interface AwsRequest {
  /** The IAM action that allows it, as `lambda:ListTags`. */
  action: string;
  /** What it was asked about. */
  resource?: string;
  /** The KMS key that it needs; the account's own for the service where none is named. */
  key?: string | undefined;
  /** Milliseconds that one attempt may take; five seconds by default. */
  timeoutMs?: number;
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
  'TooManyUpdates',
]);

const denied = new Set(['AccessDeniedException', 'AccessDenied', 'KMSAccessDeniedException']);

/** A key that is missing, disabled, or of another region (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html). */
const unusableKey = new Set([
  'InvalidKeyId',
  'KMSDisabledException',
  'KMSInvalidStateException',
  'KMSNotFoundException',
]);

/** Errors of the signature (https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html). */
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
]);

/** The SDK found no credentials, or could not renew them. */
const noCredentials = new Set(['CredentialsProviderError', 'TokenProviderError']);

const missing = new Set([
  'NamespaceNotFound',
  'ParameterNotFound',
  'ParameterVersionNotFound',
  'ResourceNotFoundException',
  'ServiceNotFound',
]);

/** Codes by which Node reports that it does not trust a certificate. */
const tlsCode = /^(CERT_|ERR_TLS_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY))/;

/** The members of the SDK's and Node's errors that are read here. */
interface SdkError {
  name: string;
  message: string;
  code?: unknown;
  $metadata?: { httpStatusCode?: number };
}

/** A request in messages: `lambda:ListTags of arn:…`. */
export function describe({ action, resource }: AwsRequest): string {
  return resource === undefined ? action : `${action} of ${resource}`;
}

/** The answer to `request` lacks what such answers hold: cut short or not from AWS, so never to be taken for "nothing". */
export function garbled(request: AwsRequest): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', `The answer to ${describe(request)} was cut short or garbled.`);
}

/**
 * What a failed call means: UPSTREAM_* by kind, NOT_FOUND, or CONFIG_INVALID when region or endpoint are no such thing. An
 * AppError stays as it is.
 * @param cause what the SDK threw; the details hold its name as `error`
 */
export function awsError(cause: unknown, request: AwsRequest): AppError {
  if (isAppError(cause)) return cause;
  // Kept out of the cause too: both message and error quote the answer, which may be a secret.
  if (cause instanceof SyntaxError) return garbled(request);
  // Addresses of one host that all failed: each says more than the sum of them.
  const told: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const error: SdkError = told instanceof Error ? told : { name: 'Error', message: messageOf(told) };
  const status = error.$metadata?.httpStatusCode;
  const [code, message] =
    status === undefined ? judgeUnanswered(error, describe(request)) : judgeAnswer(error, status, request);
  return new AppError(code, message, { cause, details: { error: error.name, action: request.action } });
}

/** Whether AWS refused the signature or what it was made with, and so did nothing. */
export function refusesCredentials({ details }: AppError): boolean {
  return badCredentials.has(String(details['error']));
}

/** Whether AWS knows who asks and does not grant it. */
export function isDenied(error: unknown): boolean {
  return isAppError(error, 'UPSTREAM_AUTH') && denied.has(String(error.details['error']));
}

type Judgement = [code: ErrorCode, message: string];

function judgeAnswer(error: SdkError, status: number, request: AwsRequest): Judgement {
  const what = describe(request);
  const said = `${error.name}: ${error.message}`;
  if (throttling.has(error.name) || status === 429) return ['UPSTREAM_THROTTLED', `AWS throttled ${what}.`];
  if (denied.has(error.name)) {
    return ['UPSTREAM_AUTH', `AWS denied ${what}: grant ${missingPermission(error, request)}. ${said}`];
  }
  if (unusableKey.has(error.name)) {
    const grant = `grant kms:Encrypt, kms:GenerateDataKey and kms:Decrypt on it`;
    return [
      'UPSTREAM_AUTH',
      `AWS cannot use ${keyOf(request)} for ${what}: check that it exists in this region and is enabled, and ${grant}. ${said}`,
    ];
  }
  if (badCredentials.has(error.name)) {
    const hint = 'check that they are current, and the clock';
    // The first line says why; further ones repeat what was signed, the session token included.
    const [reason] = said.split('\n');
    return ['UPSTREAM_AUTH', `AWS refused the credentials for ${what}: ${hint}. ${reason}`];
  }
  if (missing.has(error.name)) return ['NOT_FOUND', `${what}: ${said}`];
  if (status >= 500) return ['UPSTREAM_UNAVAILABLE', `AWS failed ${what}: ${said}`];
  const hint = error.name.startsWith('Unknown') ? ' Check that AWS_ENDPOINT_URL, if set, leads to AWS.' : '';
  return ['UPSTREAM_REJECTED', `AWS rejected ${what}: ${sentence(said)}${hint}`];
}

/**
 * Parameter Store hands on what KMS says: standard parameters are encrypted with kms:Encrypt, advanced ones with
 * kms:GenerateDataKey, and all are read with kms:Decrypt
 * (https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html).
 */
function missingPermission({ name, message }: SdkError, request: AwsRequest): string {
  const [named] = /\bkms:(Encrypt|Decrypt|GenerateDataKey)\b/.exec(message) ?? [];
  if (named !== undefined) return `${named} on ${keyOf(request)}`;
  if (name !== 'KMSAccessDeniedException' && !/\bciphertext refers to\b/i.test(message))
    return request.action;
  const isWrite = request.action === 'ssm:PutParameter';
  return `${isWrite ? 'kms:Encrypt and kms:GenerateDataKey' : 'kms:Decrypt'} on ${keyOf(request)}`;
}

function keyOf({ key }: AwsRequest): string {
  return key === undefined ? 'its key' : `key ${key}`;
}

/** For a request that was not sent, or that nobody answered. */
function judgeUnanswered({ name, message, code }: SdkError, what: string): Judgement {
  if (noCredentials.has(name)) {
    const hint = 'set them in the environment or a profile, or log in again';
    return ['UPSTREAM_AUTH', `No AWS credentials for ${what}: ${hint}. ${message}`];
  }
  if (/^Region (is missing|not accepted)/.test(message)) {
    return ['CONFIG_INVALID', `AWS_REGION must name a region: ${message}`];
  }
  if (code === 'ERR_INVALID_URL') {
    return ['CONFIG_INVALID', 'AWS_ENDPOINT_URL must be a URL, as http://127.0.0.1:4566.'];
  }
  // The SDK calls a connection that breaks a time-out as well.
  if (name === 'TimeoutError' && code !== 'ECONNRESET' && code !== 'EPIPE') {
    return ['UPSTREAM_TIMEOUT', `${what} did not answer: ${message}`];
  }
  if (typeof code === 'string' && tlsCode.test(code)) {
    const hint = 'for a private endpoint, name the file of its certificate authority in NODE_EXTRA_CA_CERTS';
    return ['UPSTREAM_TLS', `The certificate for ${what} is not trusted: ${hint}. ${message}`];
  }
  return ['UPSTREAM_UNAVAILABLE', `No connection for ${what}: ${message || name}`];
}
