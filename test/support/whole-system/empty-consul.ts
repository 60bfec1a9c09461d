import type { FaultyFront } from '../http/faulty-front.ts';

/** A Consul that has lost its data answers so, and counts its changes anew. */
export interface EmptyConsul {
  /** When it began, in milliseconds since 1970. */
  readonly begun: number;
  /** Lets the real one answer again, also those who wait for news. */
  readonly end: () => void;
}

const index = '7';

/** Answers every question about catalog, health and config entries in place of the Consul behind `front`. */
export function pretendEmpty(front: FaultyFront): EmptyConsul {
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  front.fault = async (request) => {
    const [, api, what, name] = /^GET \/v1\/(catalog|health|config)\/([a-z-]+)(\/[^?]+)?/.exec(request) ?? [];
    if (api === undefined) return undefined;
    if (api === 'config' && name !== undefined) return { status: 404, body: 'Config entry not found' };
    if (request.includes(`index=${index}&`) || request.endsWith(`index=${index}`)) {
      await over;
      return undefined;
    }
    const body = api === 'catalog' && what === 'services' ? '{}' : what === 'node' ? 'null' : '[]';
    return { status: 200, type: 'application/json', headers: { 'x-consul-index': index }, body };
  };
  front.disconnect();
  return {
    begun: Date.now(),
    end: () => {
      front.fault = () => undefined;
      end();
    },
  };
}
