import { beforeAll, describe, expect, it } from 'vitest';
import { adapters, formats } from '../support/differential/adapters.ts';
import { corpus } from '../support/differential/corpus.ts';
import {
  differences,
  observeBehindProxy,
  observeDirect,
  observeNative,
  type Observations,
} from '../support/differential/rig.ts';
import { rulesFor } from '../support/differential/rules.ts';

it('asks hundreds of requests', () => {
  expect(corpus.length).toBeGreaterThan(300);
});

describe.each(adapters)('$name', (adapter) => {
  let native: Observations;
  beforeAll(async () => {
    native = await observeNative(adapter);
  });

  describe.each(formats)('with events as %s', (format) => {
    const rules = rulesFor(adapter.name, format);
    let direct: Observations;
    beforeAll(async () => {
      direct = await observeDirect(adapter.handler(), format);
    });

    it('differs from a server by itself, as the rules say', () => {
      expect(differences(native, direct, rules)).toEqual([]);
    });

    it('answers behind the proxy as it does as a server', async () => {
      const proxied = await observeBehindProxy(adapter.handler(), format);
      expect(differences(native, proxied, rules)).toEqual([]);
    });

    it.each(rules)('shows without the proxy that $what', (rule) => {
      const others = rules.filter((other) => other !== rule);
      expect(differences(native, direct, others)).not.toEqual([]);
    });
  });
});
