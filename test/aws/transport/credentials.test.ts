import { describe, expect, it } from 'vitest';
import { createCredentialSource } from '../../../src/aws/transport/credentials.ts';
import { AppError } from '../../../src/core/errors.ts';

const minute = 60_000;

/** A source whose time and giver are the test's. */
function source() {
  const state = {
    now: 0,
    asked: 0,
    lifeMs: (60 * minute) as number | undefined,
    failure: undefined as AppError | undefined,
  };
  const made = createCredentialSource(
    async () => {
      state.asked += 1;
      if (state.failure) throw state.failure;
      const key = { accessKeyId: `key ${state.asked}`, secretAccessKey: 'secret' };
      return state.lifeMs === undefined ? key : { ...key, expiration: new Date(state.now + state.lifeMs) };
    },
    () => state.now,
  );
  return { credentials: made, state };
}

const denied = new AppError('UPSTREAM_AUTH', 'denied');

describe('credentials', () => {
  it('are asked for once, however many wait for them', async () => {
    const { state, credentials } = source();
    expect(credentials.current()).toBeUndefined();
    const [first, second] = await Promise.all([credentials.get(), credentials.get()]);
    expect(first).toBe(second);
    expect(credentials.current()).toBe(first);
    expect(state.asked).toBe(1);
  });

  it('that do not end are asked for once', async () => {
    const { state, credentials } = source();
    state.lifeMs = undefined;
    const first = await credentials.get();
    state.now = 1000 * minute;
    expect(credentials.current()).toBe(first);
    expect(await credentials.renew(first)).toBe(first);
    expect(state.asked).toBe(1);
  });

  it('are renewed before they end, while the old ones are used', async () => {
    const { state, credentials } = source();
    const first = await credentials.get();
    state.now = 57 * minute;
    expect(credentials.current()).toBe(first);
    await credentials.get();
    expect(state.asked).toBe(2);
    expect(credentials.current()?.accessKeyId).toBe('key 2');
  });

  it('are waited for when they have ended', async () => {
    const { state, credentials } = source();
    await credentials.get();
    state.now = 60 * minute;
    expect(credentials.current()).toBeUndefined();
    expect((await credentials.get()).accessKeyId).toBe('key 2');
    expect(state.asked).toBe(2);
  });

  it('are used to their end when they cannot be renewed, and the failure is told after it', async () => {
    const { state, credentials } = source();
    const first = await credentials.get();
    state.failure = denied;
    state.now = 57 * minute;
    expect(await credentials.get()).toBe(first);
    state.now = 60 * minute;
    await expect(credentials.get()).rejects.toBe(denied);
    state.failure = undefined;
    state.now += 1_000;
    expect(credentials.current()).toBeUndefined();
    expect((await credentials.get()).expiration).toBeInstanceOf(Date);
  });

  it('are not asked for more than once a second while that fails', async () => {
    const { state, credentials } = source();
    state.failure = denied;
    for (let at = 0; at < 20; at += 1) await expect(credentials.get()).rejects.toBe(denied);
    expect(state.asked).toBe(1);
    state.now = 1_000;
    await expect(credentials.get()).rejects.toBe(denied);
    expect(state.asked).toBe(2);
  });

  it('that were refused are renewed, once for all who were refused', async () => {
    const { state, credentials } = source();
    const first = await credentials.get();
    state.now = minute;
    const others = await Promise.all([credentials.renew(first), credentials.renew(first)]);
    expect(others.map(({ accessKeyId }) => accessKeyId)).toEqual(['key 2', 'key 2']);
    expect((await credentials.renew(first)).accessKeyId).toBe('key 2');
    expect(state.asked).toBe(2);
  });

  it('that are refused though they are new are not renewed again and again', async () => {
    const { state, credentials } = source();
    const first = await credentials.get();
    expect(await credentials.renew(first)).toBe(first);
    expect(state.asked).toBe(1);
  });
});
