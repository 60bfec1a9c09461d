import type { Status, StatusChange } from '../../told/status.ts';

/** What is done with what the agent tells. */
interface Listener {
  status(status: Status): void;
  change(change: StatusChange): void;
  /** The connection broke; `status` comes when there is another. */
  lost(): void;
}

/** Until an agent that answered with an error is asked again, in milliseconds. */
const patienceMs = 3000;

/** Listens to the agent's events. */
export function follow(listener: Listener): void {
  const stream = new EventSource('events');
  stream.addEventListener('status', ({ data }: MessageEvent<string>) =>
    listener.status(JSON.parse(data) as Status),
  );
  stream.addEventListener('change', ({ data }: MessageEvent<string>) =>
    listener.change(JSON.parse(data) as StatusChange),
  );
  stream.addEventListener('error', () => {
    listener.lost();
    // A broken connection is made again by the browser, an error of HTTP ends the stream for good:
    // https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => follow(listener), patienceMs);
  });
}
