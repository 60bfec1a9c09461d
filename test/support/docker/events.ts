import type { ServerResponse } from 'node:http';

/** As many as the daemon keeps. */
const mostKept = 256;

export interface FakeEvent {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  time: number;
  timeNano: number;
}

/** The events of a daemon, and who listens to them. */
export class EventStreams {
  #kept: FakeEvent[] = [];
  readonly #open = new Map<ServerResponse, { types: readonly string[] | undefined }>();
  /** How many bytes are written at once; an event is split, and two are glued together, wherever it falls. */
  pieceBytes = Infinity;
  /** Whether the headers of an answer wait for its first event, as some versions of Podman have it. */
  headersWait = false;

  get count(): number {
    return this.#open.size;
  }

  emit(event: FakeEvent): void {
    this.#kept = [...this.#kept, event].slice(-mostKept);
    for (const [response, { types }] of this.#open) this.#write(response, types, [event]);
  }

  /** Everybody's answer ends, as when a daemon stops. */
  end(): void {
    for (const response of this.#open.keys()) response.end();
    this.#open.clear();
  }

  /** What was kept is in the memory of the process. */
  forget(): void {
    this.#kept = [];
  }

  /** Everybody's connection breaks. */
  cut(): void {
    for (const response of this.#open.keys()) response.destroy();
  }

  /** Writes something into every open answer. */
  say(text: string): void {
    for (const response of this.#open.keys()) response.write(text);
  }

  subscribe(response: ServerResponse, search: URLSearchParams): void {
    const filters = JSON.parse(search.get('filters') ?? '{}') as { type?: string[] };
    const since = search.get('since');
    response.writeHead(200, { 'content-type': 'application/json' });
    if (!this.headersWait) response.flushHeaders();
    this.#open.set(response, { types: filters.type });
    response.once('close', () => this.#open.delete(response));
    const from = since === null ? Infinity : Number(since) * 1e9;
    this.#write(
      response,
      filters.type,
      this.#kept.filter(({ timeNano }) => timeNano >= from),
    );
  }

  #write(response: ServerResponse, types: readonly string[] | undefined, events: readonly FakeEvent[]): void {
    const heard = events.filter(({ Type }) => types === undefined || types.includes(Type));
    const bytes = Buffer.from(heard.map((event) => `${JSON.stringify(event)}\n`).join(''));
    for (let at = 0; at < bytes.length; at += this.pieceBytes) {
      response.write(bytes.subarray(at, at + this.pieceBytes));
    }
  }
}
