import { describe, expect, it } from 'vitest';
import { createCredentialSource } from '../../../src/aws/invoke/credentials.ts';
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
  return { ...made, state };
}

const denied = new AppError('UPSTREAM_AUTH', 'denied');

describe('credentials', () => {
  it('are asked for once, however many wait for them', async () => {
    const { get, current, state } = source();
    expect(current()).toBeUndefined();
    const [first, second] = await Promise.all([get(), get()]);
    expect(first).toBe(second);
    expect(current()).toBe(first);
    expect(state.asked).toBe(1);
  });

  it('that do not end are asked for once', async () => {
    const { get, current, renew, state } = source();
    state.lifeMs = undefined;
    const first = await get();
    state.now = 1000 * minute;
    expect(current()).toBe(first);
    expect(await renew(first)).toBe(first);
    expect(state.asked).toBe(1);
  });

  it('are renewed before they end, while the old ones are used', async () => {
    const { get, current, state } = source();
    const first = await get();
    state.now = 57 * minute;
    expect(current()).toBe(first);
    await get();
    expect(state.asked).toBe(2);
    expect(current()?.accessKeyId).toBe('key 2');
  });

  it('are waited for when they have ended', async () => {
    const { get, current, state } = source();
    await get();
    state.now = 60 * minute;
    expect(current()).toBeUndefined();
    expect((await get()).accessKeyId).toBe('key 2');
    expect(state.asked).toBe(2);
  });

  it('are used to their end when they cannot be renewed, and the failure is told after it', async () => {
    const { get, current, state } = source();
    const first = await get();
    state.failure = denied;
    state.now = 57 * minute;
    expect(await get()).toBe(first);
    state.now = 60 * minute;
    await expect(get()).rejects.toBe(denied);
    state.failure = undefined;
    state.now += 1_000;
    expect(current()).toBeUndefined();
    expect((await get()).expiration).toBeInstanceOf(Date);
  });

  it('are not asked for more than once a second while that fails', async () => {
    const { get, state } = source();
    state.failure = denied;
    for (let at = 0; at < 20; at += 1) await expect(get()).rejects.toBe(denied);
    expect(state.asked).toBe(1);
    state.now = 1_000;
    await expect(get()).rejects.toBe(denied);
    expect(state.asked).toBe(2);
  });

  it('that were refused are renewed, once for all who were refused', async () => {
    const { get, renew, state } = source();
    const first = await get();
    state.now = minute;
    const others = await Promise.all([renew(first), renew(first)]);
    expect(others.map(({ accessKeyId }) => accessKeyId)).toEqual(['key 2', 'key 2']);
    expect((await renew(first)).accessKeyId).toBe('key 2');
    expect(state.asked).toBe(2);
  });

  it('that are refused though they are new are not renewed again and again', async () => {
    const { get, renew, state } = source();
    const first = await get();
    expect(await renew(first)).toBe(first);
    expect(state.asked).toBe(1);
  });
});
