import { describe, expect, it } from 'vitest';
import { awsError } from '../../src/aws/errors.ts';
import { AppError } from '../../src/core/errors.ts';

const request = { action: 'lambda:ListTags', resource: 'arn:orders' };

function failure(name: string, more: object = {}): Error {
  return Object.assign(new Error('as AWS says it'), { name }, more);
}

function answered(name: string, httpStatusCode: number): Error {
  return failure(name, { $metadata: { httpStatusCode } });
}

describe('errors of AWS', () => {
  it.each([
    [answered('TooManyRequestsException', 429), 'UPSTREAM_THROTTLED'],
    [answered('ThrottledException', 400), 'UPSTREAM_THROTTLED'],
    [answered('ThrottlingException', 400), 'UPSTREAM_THROTTLED'],
    [answered('ProvisionedThroughputExceededException', 400), 'UPSTREAM_THROTTLED'],
    [answered('Unheard', 429), 'UPSTREAM_THROTTLED'],
    [answered('AccessDeniedException', 403), 'UPSTREAM_AUTH'],
    [answered('ExpiredTokenException', 403), 'UPSTREAM_AUTH'],
    [answered('UnrecognizedClientException', 403), 'UPSTREAM_AUTH'],
    [failure('CredentialsProviderError'), 'UPSTREAM_AUTH'],
    [answered('ResourceNotFoundException', 404), 'NOT_FOUND'],
    [answered('ParameterNotFound', 400), 'NOT_FOUND'],
    [answered('ServiceException', 500), 'UPSTREAM_UNAVAILABLE'],
    [answered('InternalServiceException', 500), 'UPSTREAM_UNAVAILABLE'],
    [answered('Unheard', 503), 'UPSTREAM_UNAVAILABLE'],
    [answered('InvalidParameterException', 400), 'UPSTREAM_REJECTED'],
    [answered('NotFound', 404), 'UPSTREAM_REJECTED'],
    [failure('Error', { code: 'ECONNREFUSED' }), 'UPSTREAM_UNAVAILABLE'],
    [failure('Error', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'UPSTREAM_TLS'],
    [failure('Error', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }), 'UPSTREAM_TLS'],
    [failure('TimeoutError'), 'UPSTREAM_TIMEOUT'],
    [failure('TimeoutError', { code: 'ETIMEDOUT' }), 'UPSTREAM_TIMEOUT'],
    [failure('TimeoutError', { code: 'ECONNRESET' }), 'UPSTREAM_UNAVAILABLE'],
    [new SyntaxError('Unexpected token'), 'UPSTREAM_UNAVAILABLE'],
    ['thrown text', 'UPSTREAM_UNAVAILABLE'],
  ])('%s counts as %s and names the call', (cause, code) => {
    const error = awsError(cause, request);
    expect(error.code).toBe(code);
    expect(error.message).toContain('lambda:ListTags of arn:orders');
  });

  it.each([
    [new Error('Region is missing'), 'AWS_REGION'],
    [new Error('Region not accepted: region="eu west"'), 'AWS_REGION'],
    [failure('TypeError', { code: 'ERR_INVALID_URL' }), 'AWS_ENDPOINT_URL'],
  ])('%s is a matter of configuration and names the variable', (cause, variable) => {
    const error = awsError(cause, request);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(variable);
  });

  it('show no session token, which AWS repeats with a signature that it does not accept', () => {
    const said =
      'The signature does not match.\n\nThe Canonical String should have been\nx-amz-security-token:b1gs3cr3t';
    const cause = Object.assign(new Error(said), {
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    });
    const { message } = awsError(cause, request);
    expect(message).toMatch(/SignatureDoesNotMatch: The signature does not match\.$/);
  });

  it('say where to look when something else than AWS answers', () => {
    expect(awsError(answered('UnknownError', 404), request).message).toContain('AWS_ENDPOINT_URL');
  });

  it('pass through once they are ours', () => {
    const error = new AppError('NOT_FOUND', 'gone');
    expect(awsError(error, request)).toBe(error);
  });
});
