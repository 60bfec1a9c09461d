/** The part of Express that is used here; the package has no types of its own. */
declare module 'express' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface Request extends IncomingMessage {
    readonly originalUrl: string;
    readonly path: string;
    readonly query: unknown;
    readonly ip: string | undefined;
  }

  interface Application {
    (request: IncomingMessage, response: ServerResponse): void;
    use(handler: (request: Request, response: ServerResponse, next: (error: unknown) => void) => void): void;
  }

  export default function express(): Application;
}
