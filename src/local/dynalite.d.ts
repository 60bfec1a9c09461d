/** The part of dynalite that is used here; the package has no types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    /** Directory of the database; without it everything is in memory. */
    path?: string;
    createTableMs?: number;
  }

  export default function dynalite(options?: Options): Server;
}
