import * as z from 'zod';
import { messageOf } from '../core/errors.ts';
import { objectOf } from '../core/objects.ts';
import type { ContainerEvent, EventListener } from './api.ts';
import { JsonTexts } from './json-texts.ts';
import type { Requests } from './requests.ts';
import { signalNumber } from './signals.ts';

/** Attributes hold all labels of a container. */
const longestEvent = 1024 * 1024;

/** What is used of https://docs.docker.com/reference/api/engine/version/v1.51/#tag/System/operation/SystemEvents */
const event = z.looseObject({
  Type: z.string(),
  Action: z.string(),
  Actor: z.looseObject({ ID: z.string(), Attributes: objectOf(z.string()).nullish() }),
  time: z.number().nullish(),
  timeNano: z.number().nullish(),
});

/** Tells of events of containers and of their networks until the daemon ends the stream. */
export async function followEvents(
  requests: Requests,
  since: number | undefined,
  listener: EventListener,
  signal: AbortSignal,
): Promise<void> {
  // By type alone: some versions of Podman know other names of events, and none when they meet an unknown one.
  const filters = JSON.stringify({ type: ['container', 'network'] });
  const from = since === undefined ? {} : { since: (Math.floor(since) / 1000).toFixed(3) };
  const request = { path: '/events', query: { ...from, filters } };
  const texts = new JsonTexts(longestEvent);
  await requests.stream(
    request,
    signal,
    () => listener.onOpen(),
    (piece) => {
      for (const found of readEvents(requests, request, texts, piece)) listener.onEvent(found);
    },
  );
}

function readEvents(
  requests: Requests,
  request: { path: string },
  texts: JsonTexts,
  piece: Uint8Array,
): ContainerEvent[] {
  try {
    return texts.push(piece).flatMap((text) => eventOf(JSON.parse(text)));
  } catch (error) {
    throw requests.contentError(
      request,
      error instanceof SyntaxError ? 'JSON that is none' : messageOf(error),
    );
  }
}

/** Kinds of events that nobody knows yet are no error. */
function eventOf(json: unknown): ContainerEvent[] {
  const { data } = event.safeParse(json);
  if (data === undefined) return [];
  const { Type, Action, Actor, time, timeNano } = data;
  const attributes = Actor.Attributes ?? {};
  const id = Type === 'network' ? attributes['container'] : Actor.ID;
  if (id === undefined || id === '') return [];
  // Older versions of Podman call it as its own interface does.
  const action = Action === 'died' ? 'die' : Action;
  const at = timeNano ? timeNano / 1e6 : (time ?? 0) * 1000;
  return [{ action, id, signal: signalNumber(attributes['signal'] ?? ''), at }];
}
