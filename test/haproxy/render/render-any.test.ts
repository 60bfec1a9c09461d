import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../../src/haproxy/model.ts';
import { render } from '../../../src/haproxy/render.ts';
import { backendName } from '../../../src/haproxy/routes.ts';
import { problemsOf } from '../../../src/haproxy/validate.ts';
import { arbitraryConfiguration } from '../../support/haproxy/arbitraries.ts';
import { parseHaproxyFile } from '../../support/haproxy/file.ts';
import { fieldsRefused } from '../../support/haproxy/models.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';
import { tries } from '../../support/explorations.ts';

const anyModel = arbitraryConfiguration('/etc/haproxy/certificates');

describe('any accepted model', () => {
  it('has no problems and renders to a plain file that ends with a newline', () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        expect(problemsOf(model)).toEqual([]);
        expect(() => parseHaproxyFile(render(model))).not.toThrow();
      }),
      tries(),
    );
  });

  it('gives no quotes, no backslashes, and not the letters of error unless its own names hold them', () => {
    const faultless = anyModel.filter((model) => !/error/i.test(JSON.stringify(model)));
    fc.assert(
      fc.property(faultless, (model) => {
        expect(render(model)).not.toMatch(/["'`\\]|error/i);
      }),
      tries(),
    );
  });

  it('gives the same bytes in whatever order its members stand', () => {
    fc.assert(
      fc.property(anyModel, fc.infiniteStream(fc.nat()), (model, chance) => {
        expect(render(shuffled(model, chance))).toBe(render(model));
      }),
      tries(),
    );
  });

  it('holds the sections and servers of the model and no others', () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        const found = parseHaproxyFile(render(model)).map(({ heading, lines }) => [
          heading,
          serversIn(lines),
        ]);
        expect(Object.fromEntries(found)).toEqual(expectedSections(model));
        expect(found).toHaveLength(Object.keys(expectedSections(model)).length);
      }),
      tries(),
    );
  });

  it('uses the keywords of the renderer alone', () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        const lines = parseHaproxyFile(render(model)).flatMap(({ lines }) => lines);
        const used = lines.map(([keyword, action = '']) =>
          keyword === 'http-request' ? action.replace(/\(.*/, '') : keyword,
        );
        expect(used.filter((word = '') => !keywords.has(word) && !actions.has(word))).toEqual([]);
      }),
      tries(),
    );
  });

  it('is refused with a hostile text in any of its fields, which the error names', () => {
    fc.assert(
      fc.property(
        anyModel,
        fc.constantFrom(...hostileTexts, 'x'.repeat(2000)),
        fc.nat(),
        (model, hostile, chance) => {
          const fields = textFields(model);
          const field = fields[chance % fields.length] ?? '';
          const value = textAt(model, field);
          const poisoned = replaced(model, field, value + hostile);
          expect(fieldsRefused(poisoned)).toContainEqual(
            expect.stringContaining(field.replace(/\.(address|port)$/, '')),
          );
        },
      ),
      tries(),
    );
  });
});

/** First words of all lines that the renderer has, and first words after `http-request`. */
const keywords = new Set(
  `log fd-hard-limit hard-stop-after ssl-default-bind-options mode option retries http-reuse timeout default-server
  parse-resolv-conf nameserver accepted_payload_size resolve_retries hold bind .if .endif stats acl use_backend
  default_backend balance cookie http-check server`.split(/\s+/),
);
const actions = new Set(
  `deny use-service return set-log-level del-header add-header set-header set-var set-var-fmt redirect set-path`.split(
    ' ',
  ),
);

/** Names and ports of the servers of every section, which `serversIn` finds in a file. */
function expectedSections({ services, stats }: Configuration): Record<string, string[]> {
  const backends = services.flatMap(({ routes, servers }) =>
    routes.map((route) => ({ route, servers: servers.map(({ id, port }) => `s_${id} ${port}`).toSorted() })),
  );
  const addresses = services.flatMap(({ servers }) => servers.map(({ address }) => address));
  const isNamed = addresses.some((address) => /[a-z_]/.test(address) && !address.includes(':'));
  const catchAll = backends.some(({ route }) => route.host === undefined && route.path === undefined);
  const others = [
    'global',
    'defaults',
    'frontend fe_http',
    isNamed && 'resolvers rs_names',
    stats && 'frontend fe_stats',
    !catchAll && 'backend be_none',
  ].filter((heading) => typeof heading === 'string');
  return Object.fromEntries([
    ...others.map((heading) => [heading, []] as const),
    ...backends.map(({ route, servers }) => [`backend ${backendName(route)}`, servers] as const),
  ]);
}

function serversIn(lines: readonly (readonly string[])[]): string[] {
  return lines
    .filter(([keyword]) => keyword === 'server')
    .map(([, name, address = '']) => `${name} ${/[0-9]+$/.exec(address)?.[0]}`)
    .toSorted();
}

function shuffled<Value>(value: Value, chance: Iterator<number>): Value {
  if (Array.isArray(value)) {
    const keyed = value.map((item: unknown) => ({
      key: Number(chance.next().value),
      item: shuffled(item, chance),
    }));
    return keyed.sort((left, right) => left.key - right.key).map(({ item }) => item) as Value;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, shuffled(member, chance)]),
  ) as Value;
}

/** The fields of a model that hold text, as problems name them. */
function textFields(value: unknown, field = ''): string[] {
  if (typeof value === 'string') return value === 'stdout' ? [] : [field];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    textFields(member, Array.isArray(value) ? `${field}[${key}]` : [field, key].filter(Boolean).join('.')),
  );
}

const keysOf = (field: string): string[] => field.split(/[.[\]]+/).filter(Boolean);

function textAt(model: Configuration, field: string): string {
  return keysOf(field).reduce<unknown>(
    (value, key) => (value as Record<string, unknown>)[key],
    model,
  ) as string;
}

function replaced(model: Configuration, field: string, text: string): Configuration {
  const copy = structuredClone(model);
  const keys = keysOf(field);
  const last = keys.pop() ?? '';
  const holder = keys.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], copy);
  (holder as Record<string, unknown>)[last] = text;
  return copy;
}
