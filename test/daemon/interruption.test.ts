import { afterEach, describe, expect, it } from 'vitest';
import { catchInterruption, type Interruption, untilAborted } from '../../src/daemon/interruption.ts';
import { waitUntil } from '../support/wait-until.ts';

let interruption: Interruption;
afterEach(() => interruption.ignore());

const send = (signal: NodeJS.Signals) => process.kill(process.pid, signal);
const aborted = () => waitUntil('the end', () => interruption.signal.aborted);

describe('a program that stays', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGQUIT'] as const)('is stopped by %s', async (signal) => {
    let reloads = 0;
    interruption = catchInterruption(() => (reloads += 1));
    send(signal);
    await aborted();
    expect(reloads).toBe(0);
  });

  it('reloads at each SIGHUP, and goes on', async () => {
    let reloads = 0;
    interruption = catchInterruption(() => (reloads += 1));
    send('SIGHUP');
    await waitUntil('a reload', () => reloads === 1);
    send('SIGHUP');
    await waitUntil('another reload', () => reloads === 2);
    expect(interruption.signal.aborted).toBe(false);
  });
});

describe('a command', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is stopped by %s', async (signal) => {
    interruption = catchInterruption();
    send(signal);
    await aborted();
    expect(interruption.signal.aborted).toBe(true);
  });

  it('leaves SIGQUIT to the system', () => {
    const before = process.listenerCount('SIGQUIT');
    interruption = catchInterruption();
    expect(process.listenerCount('SIGQUIT')).toBe(before);
  });
});

it('what is caught no more is left as it was found', () => {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
  const counts = () => signals.map((signal) => process.listenerCount(signal));
  const before = counts();
  interruption = catchInterruption(() => {});
  expect(counts()).toEqual(before.map((count) => count + 1));
  interruption.ignore();
  expect(counts()).toEqual(before);
});

describe('waiting for the end', () => {
  it('does not wait where it has come already', async () => {
    await expect(untilAborted(AbortSignal.abort())).resolves.toBeUndefined();
  });

  it('waits for it otherwise', async () => {
    const controller = new AbortController();
    const waited = untilAborted(controller.signal);
    controller.abort();
    await expect(waited).resolves.toBeUndefined();
  });
});
