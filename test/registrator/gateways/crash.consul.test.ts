import { beforeEach, expect, it } from 'vitest';
import type { FaultyFront } from '../../support/http/faulty-front.ts';
import { type CatalogState, emptyCatalog, halves, readCatalog } from '../../support/consul/catalog.ts';
import { linksOf, removeGateways, setLinks } from '../../support/registrator/gateways.ts';
import { fullSync, syncOf } from '../../support/registrator/registrator.ts';
import { createTagWorld } from '../../support/aws/tag-world.ts';
import { useRegistrator } from '../../support/registrator/use-registrator.ts';

const given = useRegistrator({ env: { MAX_DELETE_PERCENT: '100' } });
beforeEach(() => removeGateways(given.server));

/** Consul from the moment on in which the registrator dies: right before its request number `fatal`, or right after. */
function deathAt(fatal: number, how: 'before' | 'after'): FaultyFront['fault'] {
  let asked = 0;
  return () => {
    asked += 1;
    if (asked < fatal) return undefined;
    return asked === fatal && how === 'after' ? 'lost' : 'reset';
  };
}

const tagsFor = (gateway: string) => ({ enabled: 'true', 'terminating-gateway': gateway });

/** Links of every kind, of which some are somebody else's; then everything changes. */
async function start(): Promise<void> {
  given.watch();
  await emptyCatalog(given.server);
  await setLinks(given.server, 'gw', 'ldap', 'used');
  await setLinks(given.server, 'other', 'billing');
  given.world = createTagWorld();
  given.parts = given.registrator({});
  for (const name of ['used', 'gone', 'moved', 'untied']) given.world.set(name, tagsFor('gw'));
  await fullSync(given.parts);
  given.world.set('new', tagsFor('gw'));
  given.world.set('moved', tagsFor('other'));
  given.world.set('untied', tagsFor(''));
  given.world.remove('gone');
  given.world.remove('used');
}

const essence = ({ services, defaults }: CatalogState) => ({ services, names: Object.keys(defaults) });

const kinds = [
  ['full sync', 'after', () => fullSync(given.parts)],
  ['event', 'before', () => syncOf(given.parts, 'new', 'moved', 'untied', 'gone', 'used')],
] as const;

it.each(kinds)('a %s that is killed right %s any request is healed by the next', async (_kind, how, sync) => {
  let wanted: unknown;
  for (let fatal = 0, survived = false; !survived; fatal += 1) {
    await start();
    given.watch(fatal === 0 ? () => undefined : deathAt(fatal, how));
    await Promise.allSettled([sync()]);
    survived = fatal > 0 && given.front.requests.length < fatal;
    given.watch();
    given.parts = given.registrator({});
    const { failures } = await fullSync(given.parts);
    const state = await readCatalog(given.server);
    const links = [await linksOf(given.server, 'gw'), await linksOf(given.server, 'other')];
    wanted ??= essence(state);
    expect({ fatal, failures, links, state: essence(state) }).toEqual({
      fatal,
      failures: [],
      links: [
        ['ldap', 'used', 'new'],
        ['billing', 'moved'],
      ],
      state: wanted,
    });
    expect(halves(state)).toEqual([]);
  }
});
