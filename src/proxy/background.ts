/** Calls that go on when their client has been answered. */
export class Background {
  readonly #calls = new Set<Promise<void>>();

  /** @param failed told of what `call` fails with */
  add(call: Promise<unknown>, failed: (error: unknown) => void): void {
    const ended = call.then(
      () => void this.#calls.delete(ended),
      (error: unknown) => {
        this.#calls.delete(ended);
        failed(error);
      },
    );
    this.#calls.add(ended);
  }

  /** Resolves when none is left. */
  async ended(): Promise<void> {
    while (this.#calls.size > 0) await Promise.all(this.#calls);
  }
}
