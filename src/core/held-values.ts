/** Values by their keys, each for as long as somebody else holds it; afterwards it is made anew. */
export class HeldValues<Value extends object> {
  readonly #held = new Map<string, WeakRef<Value>>();

  /** The value of the key, which `make` gives where nobody holds one. */
  get(key: string, make: () => Value): Value {
    const known = this.#held.get(key)?.deref();
    if (known) return known;
    for (const [old, held] of this.#held) if (!held.deref()) this.#held.delete(old);
    const value = make();
    this.#held.set(key, new WeakRef(value));
    return value;
  }

  /** Those that are still there. */
  all(): Value[] {
    return [...this.#held.values()].map((held) => held.deref()).filter((value) => value !== undefined);
  }
}
