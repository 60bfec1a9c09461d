/** An answer other than 200, with Consul's text. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

/** `name` where the permission is one for a thing. */
export function denied(permission: string, name?: string): Refusal {
  const on = name === undefined ? '' : ` on "${name}"`;
  return new Refusal(403, `Permission denied: token lacks permission '${permission}'${on}`);
}

export function unknownEndpoint(): Refusal {
  return new Refusal(404, 'Invalid URL path: not a recognized HTTP API endpoint\n');
}
