import { systemClock } from '../../core/clock.ts';
import { ask, type Answer, type Asked, curl } from '../requests.ts';
import { streamed } from '../scenario.ts';
import { ensure, seconds, secondsSince, seen, type Stage, tellChange } from './telling.ts';

const echo: Asked = { host: 'echo.example.com', path: '/a%2Fb?c=d', cookie: 'a=1; b="two"' };
const picture: Asked = { host: 'shop.example.com', path: '/pictures/grey.png' };

/** A function is tagged, and answers HTTP; so do others, by a stream and by bytes. */
export async function taggedFunction(stage: Stage): Promise<void> {
  const { system, telling } = stage;
  telling.chapter('A function is tagged: it answers HTTP within seconds');
  const tags = { enabled: 'true', 'route-host': echo.host };
  const begun = systemClock.now();
  await system.functions.tag('echo', tags);
  telling.did(`lambda-registrator sandbox tag echo enabled=true route-host=${echo.host}`);
  const answer = await statusOf(stage, echo, 200);
  const took = secondsSince(begun);
  await tellChange(stage, '+ echo');
  telling.did(curl(entryOf(stage), echo));
  telling.saw(`${answer.status}, ${took} after the tag; the function saw:`, eventIn(answer));
  await askForStream(stage);
  await askForBytes(stage);
}

/** The tag goes, and with it the service and the route. */
export async function untaggedFunction(stage: Stage): Promise<void> {
  const { system, telling } = stage;
  telling.chapter('The tag goes: no route leads there any more');
  const begun = systemClock.now();
  await system.functions.untag('echo', ['enabled']);
  telling.did('lambda-registrator sandbox untag echo');
  await statusOf(stage, echo, 404);
  const took = secondsSince(begun);
  await tellChange(stage, '- echo');
  telling.did(curl(entryOf(stage), echo));
  telling.saw(`404, ${took} after the tag went`);
}

/** HAProxy's port, or the proxy's where there is none. */
function entryOf({ system }: Stage): number {
  return system.edge?.agent.entry ?? system.proxy.port;
}

function statusOf(stage: Stage, asked: Asked, status: number): Promise<Answer> {
  const expected = `${status} for ${asked.host}${asked.path}`;
  const look = (): Promise<Answer> => ask(entryOf(stage), asked);
  return seen(stage, expected, look, (answer) => answer.status === status);
}

/** What tells most of the event that the function sent back. */
function eventIn({ body }: Answer): string {
  const { rawPath, rawQueryString, cookies } = JSON.parse(body.toString()) as Record<string, unknown>;
  return JSON.stringify({ rawPath, rawQueryString, cookies });
}

async function askForStream(stage: Stage): Promise<void> {
  const { parts, body } = await statusOf(stage, streamed, 200);
  const lines = parts.map(
    ({ afterMs, bytes }) => `${bytes.toString().trim().replaceAll('\n', ' ')} (${seconds(afterMs)})`,
  );
  ensure(body.toString().endsWith('lift-off\n') && parts.length > 1, 'a stream to its end', lines);
  stage.telling.did(curl(entryOf(stage), streamed));
  stage.telling.saw(`streamed: ${lines.join(', ')}`);
}

async function askForBytes(stage: Stage): Promise<void> {
  const { type, body } = await statusOf(stage, picture, 200);
  const start = body.toString('hex', 0, 8);
  ensure(start === '89504e470d0a1a0a', 'the bytes of a PNG', start);
  stage.telling.did(curl(entryOf(stage), picture));
  stage.telling.saw(`${type}: ${body.length} bytes, which begin with ${start}`);
}
