import type { RouteMap } from './layout.ts';

/** One server of one backend. */
export interface ServerPlace {
  readonly backend: string;
  readonly server: string;
}

/** Something that changes in a running HAProxy without a reload. */
export type Command =
  | ({
      readonly kind: 'add';
      readonly endpoint: string;
      readonly weight: number;
      readonly options: string;
      /** Words that the file does not need. */
      readonly further: string;
      readonly isChecked: boolean;
    } & ServerPlace)
  /** No new requests at once; gone when it has nothing to do any more, or when its time is over. */
  | ({ readonly kind: 'remove'; readonly options: string } & ServerPlace)
  | ({ readonly kind: 'address'; readonly endpoint: string } & ServerPlace)
  | ({ readonly kind: 'weight'; readonly weight: number } & ServerPlace)
  /** Back into service after somebody took it out, or stopped while adding it. */
  | ({ readonly kind: 'ready'; readonly isChecked: boolean } & ServerPlace)
  /** All entries of the map at once. */
  | ({ readonly kind: 'map' } & RouteMap);

/** A command that is lines which stand alone. */
export type ServerCommand = Exclude<Command, { kind: 'map' | 'remove' }>;

/** HAProxy takes 16 kB with the command itself; a client needs some room for its own words. */
const largestPayload = 12_000;

/**
 * The lines of a command, in order, each of which must be answered before the next
 * (https://docs.haproxy.org/2.6/management.html#9.3).
 */
export function linesOf(command: ServerCommand): string[] {
  const place = `${command.backend}/${command.server}`;
  switch (command.kind) {
    case 'add': {
      const { endpoint, weight, options, further } = command;
      const words = ['add server', place, endpoint, `weight ${weight}`, options, further];
      return [words.filter((word) => word !== '').join(' '), ...readyLines(command)];
    }
    case 'address': {
      const [, address = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(command.endpoint) ?? [];
      return [`set server ${place} addr ${address} port ${port}`];
    }
    case 'weight':
      return [`set server ${place} weight ${command.weight}`];
    case 'ready':
      return readyLines(command);
  }
}

function readyLines({ backend, server, isChecked }: ServerPlace & { isChecked: boolean }): string[] {
  const place = `${backend}/${server}`;
  return [...(isChecked ? [`enable health ${place}`] : []), `set server ${place} state ready`];
}

/** The entries of a map as payloads of `add map`, each of which HAProxy takes whole. */
export function payloadsOf({ entries }: Pick<RouteMap, 'entries'>): string[] {
  const payloads: string[] = [];
  let payload = '';
  for (const [key, value] of entries) {
    const line = `${key} ${value}\n`;
    if (payload.length + line.length > largestPayload) {
      payloads.push(payload);
      payload = '';
    }
    payload += line;
  }
  return payload === '' ? payloads : [...payloads, payload];
}
