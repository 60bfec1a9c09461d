import { describe, expect, it } from 'vitest';
import { variablesOf } from '../../../src/config/options.ts';
import { answerError, connectionError } from '../../../src/consul/transport/errors.ts';
import { registratorOptions } from '../../../src/registrator/config.ts';

const site = {
  server: 'http://consul:8500',
  call: 'GET /v1/x',
  names: variablesOf(registratorOptions),
};

describe('an answer that was not expected', () => {
  it.each([
    [400, 'bad request', 'UPSTREAM_REJECTED', ''],
    [400, 'Client sent an HTTP request to an HTTPS server.', 'UPSTREAM_REJECTED', 'CONSUL_HTTP_SSL=true'],
    [401, '', 'UPSTREAM_AUTH', 'CONSUL_HTTP_AUTH'],
    [403, 'Permission denied', 'UPSTREAM_AUTH', 'CONSUL_HTTP_TOKEN'],
    [404, 'page not found', 'UPSTREAM_REJECTED', 'CONSUL_HTTP_ADDR'],
    [301, 'moved', 'UPSTREAM_REJECTED', 'CONSUL_HTTP_ADDR'],
    [429, 'limit', 'UPSTREAM_THROTTLED', ''],
    [502, 'x', 'UPSTREAM_UNAVAILABLE', ''],
    [503, 'x', 'UPSTREAM_UNAVAILABLE', ''],
    [504, 'x', 'UPSTREAM_UNAVAILABLE', ''],
    [500, 'No cluster leader', 'UPSTREAM_UNAVAILABLE', ''],
    [500, 'No path to datacenter', 'UPSTREAM_REJECTED', 'DATACENTER'],
    [500, 'Remote DC has no server currently reachable', 'UPSTREAM_UNAVAILABLE', 'That datacenter is away'],
    [500, 'rpc error making call: i/o deadline reached', 'UPSTREAM_UNAVAILABLE', ''],
    [500, 'rpc error making call: keepalive timeout', 'UPSTREAM_UNAVAILABLE', ''],
    [500, 'invalid entry', 'UPSTREAM_REJECTED', ''],
    [400, 'No path to datacenter', 'UPSTREAM_REJECTED', ''],
  ] as const)('with %i and "%s" is %s', (status, text, code, advice) => {
    const error = answerError(site, status, text);
    const said = text.replace(/\.$/, '') || 'no text';
    const answered = `Consul at http://consul:8500 answered GET /v1/x with ${status}: ${said}.`;
    expect(error.code).toBe(code);
    expect(error.message.startsWith(answered)).toBe(true);
    const rest = error.message.slice(answered.length);
    expect(advice === '' ? rest : rest.includes(advice)).toBe(advice === '' ? '' : true);
    expect(error.details).toMatchObject({ status, said: text || 'no text' });
  });

  it.each(['PUT /v1/config', 'DELETE /v1/config/service-defaults/a'])(
    'says of %s, which the primary datacenter writes, that it is away',
    (call) => {
      for (const said of ['No path to datacenter', 'Remote DC has no server currently reachable']) {
        const error = answerError({ ...site, call }, 500, said);
        expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
        expect(error.message).toContain('The primary datacenter, which writes config entries, is away');
      }
    },
  );

  it.each(['GET /v1/config/service-defaults/a', 'PUT /v1/configuration', 'PUT /v1/txn'])(
    'leaves open whether %s named a datacenter that is away',
    (call) => {
      expect(answerError({ ...site, call }, 500, 'No path to datacenter').code).toBe('UPSTREAM_REJECTED');
    },
  );

  it('is quoted on one line, up to 500 characters', () => {
    const { details } = answerError(site, 500, `a\n  b${'x'.repeat(1000)}`);
    expect(details['said']).toBe(`a b${'x'.repeat(497)}`);
  });
});

describe('a call that brought no answer', () => {
  it.each([
    ['ECONNREFUSED', 'UPSTREAM_UNAVAILABLE', 'CONSUL_HTTP_ADDR'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'UPSTREAM_REJECTED', 'CONSUL_HTTP_SSL'],
    ['EPROTO', 'UPSTREAM_TLS', 'CONSUL_CLIENT_CERT'],
    ['CERT_HAS_EXPIRED', 'UPSTREAM_TLS', 'CONSUL_CACERT'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'UPSTREAM_TLS', 'CONSUL_TLS_SERVER_NAME'],
  ] as const)('because of %s is %s', (reason, code, advice) => {
    const cause = Object.assign(new Error('what Node says'), { code: reason });
    const error = connectionError(site, cause);
    expect(error).toMatchObject({ code, cause, details: { reason } });
    expect(error.message).toContain(advice);
  });
});
