import { denied, Refusal } from './refusal.ts';
import type { Handler } from './routes.ts';

const gateway = 'terminating-gateway';

/** What a mesh asks: its gateways, and its certificate authority. */
export const meshRoutes: Readonly<Record<string, Handler>> = {
  [`GET /v1/config/${gateway}/`]: ({ store, rights, edition, ...asked }, name) => {
    const place = edition.placeOf(asked);
    if (!rights.may('service', 'read', name, place)) throw denied('service:read', name);
    const entry = store.entry(gateway, place, name);
    if (!entry) throw new Refusal(404, `Config entry not found for "${gateway}" / "${name}"`);
    return { body: entry };
  },
  'GET /v1/agent/connect/ca/roots': ({ store }) => ({ body: store.authority.roots() }),
  'GET /v1/agent/connect/ca/leaf/': ({ store, rights, edition, ...asked }, name) => {
    const place = edition.placeOf(asked);
    const { Partition = 'default' } = place;
    if (Partition !== 'default')
      throw new Refusal(
        400,
        `request targets partition: "${Partition}" which does not match agent partition: "default"`,
      );
    if (!rights.may('service', 'write', name, place)) throw denied('service:write', name);
    return { body: store.authority.leaf(place, name) };
  },
};
