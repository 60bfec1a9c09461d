import { inspect } from 'node:util';

const redacted = '[redacted]';

/** A value that must not be shown: every way of printing it gives `[redacted]`; `reveal` is the only way in. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}
