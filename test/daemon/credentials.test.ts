import { beforeEach, describe, expect, it } from 'vitest';
import type { Credentials } from '../../src/consul/api.ts';
import { type Deadline, deadlineIn } from '../../src/core/deadline.ts';
import { AppError } from '../../src/core/errors.ts';
import { Secret } from '../../src/core/secret.ts';
import { type CredentialSettings, createCredentials } from '../../src/daemon/credentials.ts';
import { createManualClock, type ManualClock } from '../support/clock/manual-clock.ts';

const names = {
  tokenParameter: 'consul.token_path',
  tokenFile: 'consul.token_file',
  caParameter: 'consul.ca_path',
};

let clock: ManualClock;
/** What the file and the parameter hold; an error is thrown. */
let held: string | Error;
let reads: number;
beforeEach(() => {
  clock = createManualClock();
  held = 'first';
  reads = 0;
});

const work = (signal?: AbortSignal): Deadline => deadlineIn(clock, 600_000, signal);
const tokenOf = ({ token }: Credentials = {}): string | undefined => token?.reveal();
const caught = (attempt: Promise<unknown>): Promise<unknown> => attempt.catch((error: unknown) => error);

function settingsOf(given: Partial<CredentialSettings>): CredentialSettings {
  const readHeld = (): string => {
    reads += 1;
    if (held instanceof Error) throw held;
    return held;
  };
  const unset = { tokenParameter: undefined, tokenFile: undefined, token: undefined };
  return {
    ...unset,
    caParameter: undefined,
    ca: undefined,
    names,
    readFile: readHeld,
    parameters: {
      value: async (_name, deadline) => {
        await deadline.clock.sleep(10);
        return new Secret(readHeld());
      },
    },
    ...given,
  };
}

const source = (given: Partial<CredentialSettings> = { tokenParameter: '/token' }) =>
  createCredentials(settingsOf(given));

/** Waits for what takes a moment on the clock of the test. */
async function soon<Result>(result: Promise<Result>): Promise<Result> {
  const settled = caught(result);
  await clock.advance(10);
  await settled;
  return result;
}

describe('the token', () => {
  it('of Parameter Store wins over that of a file, and this over one that is set', async () => {
    const set = new Secret('set');
    const all = { tokenParameter: '/token', tokenFile: '/file', token: set };
    const readFile = () => 'of the file'.replaceAll(' ', '-');
    expect(tokenOf(await soon(source({ ...all, readFile }).current(work())))).toBe('first');
    const { tokenParameter: _name, ...others } = all;
    expect(tokenOf(await source({ ...others, readFile }).current(work()))).toBe('of-the-file');
    expect(tokenOf(await source({ token: set }).current(work()))).toBe('set');
    expect(tokenOf(await source({}).current(work()))).toBeUndefined();
  });

  it.each([
    [
      { tokenFile: '/file' },
      'two words',
      /^consul\.token_file names the file "\/file", which must hold an ACL token/,
    ],
    [{ tokenFile: '/file' }, '', /^consul\.token_file names the file "\/file", which must hold/],
    [
      { tokenFile: '/file' },
      new Error('gone'),
      /^consul\.token_file names the file "\/file", which cannot be read/,
    ],
    [
      { tokenParameter: '/p' },
      'two\nlines',
      /^Parameter \/p, named by consul\.token_path, must hold an ACL token/,
    ],
    [
      { caParameter: '/p' },
      'nonsense',
      /^Parameter \/p, named by consul\.ca_path, must hold a certificate in PEM/,
    ],
  ])('and CA of %j are refused when they hold %j, which is not shown', async (given, content, message) => {
    held = content;
    const error = await caught(soon(source(given).current(work())));
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message) as string,
    });
    expect(String(error)).not.toMatch(/two|lines|nonsense/);
  });

  it('is read by one of a hundred that want it at the same time', async () => {
    const credentials = source();
    const all = await soon(Promise.all(Array.from({ length: 100 }, () => credentials.current(work()))));
    expect(new Set(all.map(tokenOf))).toEqual(new Set(['first']));
    expect(reads).toBe(1);
  });

  it('is asked for again when it could not be read', async () => {
    const credentials = source();
    held = new AppError('UPSTREAM_THROTTLED', 'AWS throttled ssm:GetParameter.');
    expect(await caught(soon(credentials.current(work())))).toMatchObject({
      code: 'UPSTREAM_THROTTLED',
      message: 'consul.token_path: AWS throttled ssm:GetParameter.',
    });
    held = 'second';
    expect(tokenOf(await soon(credentials.current(work())))).toBe('second');
  });
});

describe('a refused token', () => {
  it('is read again once by a hundred that were refused with it', async () => {
    const credentials = source();
    const refused = await soon(credentials.current(work()));
    held = 'second';
    const renewed = await soon(
      Promise.all(Array.from({ length: 100 }, () => credentials.renew(refused, work()))),
    );
    expect(new Set(renewed.map(tokenOf))).toEqual(new Set(['second']));
    expect(reads).toBe(2);
  });

  it('that was replaced meanwhile is not read again: the newer one is used', async () => {
    const credentials = source();
    const refused = await soon(credentials.current(work()));
    held = 'second';
    await soon(credentials.renew(refused, work()));
    expect(tokenOf(await credentials.renew(refused, work()))).toBe('second');
    expect(reads).toBe(2);
  });

  it('is read again once in a minute for one piece of work, and for each piece of work', async () => {
    const credentials = source();
    const everlasting = work();
    const renew = async (deadline: Deadline) =>
      soon(credentials.renew(await credentials.current(deadline), deadline));
    await soon(credentials.current(everlasting));
    expect(await renew(everlasting)).toBeDefined();
    expect(await renew(everlasting)).toBeUndefined();
    expect(await renew(work())).toBeDefined();
    await clock.advance(60_000);
    expect(await renew(everlasting)).toBeDefined();
    expect(await renew(everlasting)).toBeUndefined();
    expect(reads).toBe(4);
  });

  it('that is set has no successor', async () => {
    const credentials = source({ token: new Secret('set'), ca: 'PEM' });
    expect(await credentials.renew(await credentials.current(work()), work())).toBeUndefined();
  });

  it('goes on being read when the first to want it gives up', async () => {
    const credentials = source();
    const stop = new AbortController();
    const first = caught(credentials.current(work(stop.signal)));
    const second = credentials.current(work());
    const reason = new Error('the client went away');
    stop.abort(reason);
    expect(await first).toBe(reason);
    expect(tokenOf(await soon(second))).toBe('first');
    expect(reads).toBe(1);
  });

  it('is kept when no other can be read', async () => {
    const credentials = source({ tokenFile: '/file' });
    const refused = await credentials.current(work());
    held = '';
    expect(await caught(credentials.renew(refused, work()))).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(await credentials.current(work())).toBe(refused);
  });
});
