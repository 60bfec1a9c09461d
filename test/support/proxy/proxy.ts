import type { RawAnswer } from '../http/connection.ts';
import { bytesOf, openConnection, type RequestParts, requestOf } from '../http/raw-http.ts';
import { type FileKeys, startProxy, type TestProxy } from './served-proxy.ts';

/** A proxy that is asked by the parts of requests; `await using` stops it. */
export interface AskedProxy extends AsyncDisposable, TestProxy {
  /** Sends one request on a connection of its own. */
  send(parts?: RequestParts): Promise<RawAnswer>;
}

/** Starts a proxy with a file of these keys. */
export async function startTestProxy(file: FileKeys): Promise<AskedProxy> {
  const proxy = await startProxy(file);
  return {
    ...proxy,
    send: async (parts = {}) => {
      const connection = openConnection(proxy.port);
      try {
        return await connection.send(bytesOf(requestOf(parts)));
      } finally {
        connection.close();
      }
    },
    [Symbol.asyncDispose]: () => proxy.app.stop(),
  };
}
