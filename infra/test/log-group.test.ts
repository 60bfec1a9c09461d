import { describe, expect, it } from 'vitest';
import { at, ofType, only, registratorStack, registryStack } from './support/configurations.ts';

describe.each([
  ['registrator', registratorStack],
  ['registry', registryStack],
])('the log group of a %s', (name, stack) => {
  const groups = (props: Record<string, unknown>) =>
    ofType(stack(props), 'aws_cloudwatch_log_group').map(([, group]) => group['name']);
  const logging = (props: Record<string, unknown>) =>
    at(only(stack(props), 'aws_lambda_function'), 'logging_config');

  it("is made, as Lambda's own would be, unless another is asked for", () => {
    expect(groups({})).toContain(`/aws/lambda/${name}`);
    expect(logging({})).toBeUndefined();
  });

  it('has the name that is given', () => {
    expect(groups({ logGroupName: '/platform/logs' })).toContain('/platform/logs');
    expect(logging({ logGroupName: '/platform/logs' })).toEqual({
      log_format: 'Text',
      log_group: '/platform/logs',
    });
  });

  it("is the caller's on request", () => {
    const props = { createLogGroup: false, logGroupName: '/platform/logs' };
    expect(groups(props)).not.toContain('/platform/logs');
    expect(groups(props)).not.toContain(`/aws/lambda/${name}`);
    expect(JSON.stringify(stack(props))).toContain(':log-group:/platform/logs:*');
  });

  it('has a name that CloudWatch takes', () => {
    expect(() => stack({ logGroupName: 'a group' })).toThrow('log_group_name must be 1 to 512 letters');
  });
});
