import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isAppError } from '../../../src/core/errors.ts';
import { readProxyConfig } from '../../../src/registry/config.ts';
import { renderPayload } from '../../../src/registry/render-payload.ts';
import { parseHaproxyFile } from '../../support/haproxy/file.ts';
import { arbitraryPayload } from '../../support/registry/payload-arbitraries.ts';
import { tries } from '../../support/explorations.ts';

const proxy = readProxyConfig({ TRUSTED_PROXIES: '10.0.0.0/8' });

it('is refused by name, or comes to a file that holds its services and nothing else', () => {
  let accepted = 0;
  fc.assert(
    fc.property(arbitraryPayload, (payload) => {
      try {
        const { config, services } = renderPayload(JSON.parse(JSON.stringify(payload)), proxy);
        accepted += 1;
        const servers = parseHaproxyFile(config).flatMap(({ lines }) =>
          lines.filter(([word]) => word === 'server'),
        );
        const known = new Set(services.flatMap(({ containers }) => containers.map(({ ip }) => ip)));
        for (const [, , address = ''] of servers) {
          expect(known).toContain(address.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
        }
        expect(renderPayload(payload, proxy).config).toBe(config);
      } catch (error) {
        if (!isAppError(error, 'PAYLOAD_INVALID')) throw error;
      }
    }),
    tries(500),
  );
  expect(accepted).toBeGreaterThan(20);
});

it('gives the same file in any order', () => {
  fc.assert(
    fc.property(arbitraryPayload, (payload) => {
      const reversed = {
        ...payload,
        running: payload.running.toReversed(),
        candidates: (payload.candidates ?? []).toReversed(),
      };
      const outcome = (value: unknown): string => {
        try {
          return renderPayload(value, proxy).config;
        } catch (error) {
          if (isAppError(error, 'PAYLOAD_INVALID')) return 'refused';
          throw error;
        }
      };
      expect(outcome(reversed)).toBe(outcome(payload));
    }),
    tries(),
  );
});
