/** One field of a request that is refused, such as `candidates[0].port`, and why. */
export interface Refused {
  readonly field: string;
  readonly message: string;
}

/** An answer that tells the caller what it did wrong: an HTTP status, and the fields at fault where there are any. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly title: string;
  readonly errors: readonly Refused[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    title: string,
    errors: readonly Refused[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super([`${title}.`, ...errors.map(({ field, message }) => `- ${field} ${message}`)].join('\n'));
    this.status = status;
    this.title = title;
    this.errors = errors;
    this.headers = headers;
  }
}
