import { describe, expect, it } from 'vitest';
import { readAgentConfig } from '../../src/agent/config.ts';
import { modelRules } from '../../src/agent/rules.ts';

const rulesOf = (text: string, env: Record<string, string> = {}, addresses: string[] = []) =>
  modelRules(readAgentConfig(`sources: { file: {} }\n${text}`, 'agent.yaml', env).config, new Set(addresses));

describe('an address of HAProxy itself', () => {
  it.each([
    ['127.0.0.1', 80, true],
    ['::1', 80, true],
    ['localhost', 80, true],
    ['192.0.2.7', 80, true],
    ['192.0.2.8', 80, false],
    ['127.0.0.1', 81, false],
    ['10.0.0.1', 443, true],
    ['127.0.0.1', 443, false],
    ['127.0.0.1', 8404, true],
    ['localhost', 8404, true],
    ['127.0.0.2', 8404, false],
    ['localhost', 443, false],
  ])('%s:%d: %j', (address, port, isOwn) => {
    const text = 'tls: { bind: ["10.0.0.1:443"], certs: /c }\nhaproxy: { stats: { bind: "127.0.0.1:8404" } }';
    expect(rulesOf(text, {}, ['192.0.2.7']).isOwn(address, port)).toBe(isOwn);
  });
});

it('knows what HAProxy answers itself, and whether it can tell TLS', () => {
  expect(rulesOf('')).toMatchObject({ ownPaths: [], knowsTls: false, lambda: undefined });
  const env = { PROM_PASSWD: 'p', STATS_PASSWD: 's' };
  expect(rulesOf('tls: { certs: /c }\nlambda: {}', env)).toMatchObject({
    ownPaths: ['/metrics', '/stats'],
    knowsTls: true,
    lambda: { proxy: [{ port: 8080 }] },
  });
  expect(rulesOf('trusted_proxies: [10.0.0.0/8]').knowsTls).toBe(true);
});
