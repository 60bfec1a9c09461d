/** Something that runs until it is closed. */
export interface Part {
  close(): Promise<void> | void;
}

/** Starts parts one after the other. */
export type Begin = <One extends Part>(name: string, start: () => Promise<One> | One) => Promise<One>;

/** Parts of a system, in the order of their start. */
export class Parts {
  readonly #running: Part[] = [];
  readonly #signal: AbortSignal;
  readonly #onStart: (name: string) => void;

  /** @param signal once it aborts, nothing more is started */
  constructor(signal: AbortSignal, onStart: (name: string) => void) {
    this.#signal = signal;
    this.#onStart = onStart;
  }

  /** @throws what `start` throws, or the signal's reason */
  readonly begin: Begin = async (name, start) => {
    this.#signal.throwIfAborted();
    this.#onStart(name);
    const part = await start();
    this.#running.push(part);
    return part;
  };

  /** Closes all, the last one first. */
  async end(): Promise<void> {
    for (const part of this.#running.splice(0).toReversed()) await part.close();
  }
}
