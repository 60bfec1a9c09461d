import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { Status, StatusChange } from '../../../src/agent/told/status.ts';
import { waitUntil } from '../wait-until.ts';

/** An event as a browser would hand it on. */
interface ReceivedEvent {
  readonly event: string;
  readonly data: string;
}

/** Somebody who listens to server-sent events. */
export interface EventReader {
  readonly answer: IncomingMessage;
  /** All that came so far. */
  readonly events: readonly ReceivedEvent[];
  /** The next event that nobody has taken. */
  next(): Promise<ReceivedEvent>;
  readonly isEnded: () => boolean;
  close(): void;
}

export async function readEvents(url: string): Promise<EventReader> {
  const request = get(url);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  request.on('error', () => undefined);
  answer.on('error', () => undefined);
  const events: ReceivedEvent[] = [];
  let taken = 0;
  let rest = '';
  let isEnded = false;
  answer.setEncoding('utf8');
  answer.on('data', (text: string) => {
    rest += text;
    for (let end = rest.indexOf('\n\n'); end !== -1; end = rest.indexOf('\n\n')) {
      const event = eventIn(rest.slice(0, end));
      if (event) events.push(event);
      rest = rest.slice(end + 2);
    }
  });
  answer.on('close', () => (isEnded = true));
  return {
    answer,
    events,
    next: () =>
      waitUntil('an event', () => {
        const event = events[taken];
        if (event) taken += 1;
        return event;
      }),
    isEnded: () => isEnded,
    close: () => request.destroy(),
  };
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation, as far as it is used */
function eventIn(block: string): ReceivedEvent | undefined {
  const fields = block
    .split(/\r\n|\r|\n/)
    .map((line) => /^([^:]*): ?(.*)$/s.exec(line)?.slice(1) ?? [line, '']);
  const data = fields.filter(([name]) => name === 'data').map(([, value]) => value);
  if (data.length === 0) return undefined;
  return { event: fields.find(([name]) => name === 'event')?.[1] ?? 'message', data: data.join('\n') };
}

/** The status after a change, as the page makes it. */
export function withChange({ services }: Status, change: StatusChange): Status {
  const byName = new Map(services.map((service) => [service.name, service]));
  for (const service of change.services) byName.set(service.name, service);
  for (const name of change.gone) byName.delete(name);
  return { ...change.status, services: [...byName.values()] };
}
