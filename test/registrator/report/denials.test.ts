import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { agentsPlace } from '../../../src/lambda-service/place.ts';
import { placeKey } from '../../../src/registrator/model/key.ts';
import type { FunctionState } from '../../../src/registrator/model/snapshot.ts';
import { denialsOf } from '../../../src/registrator/report/denials.ts';
import { snapshotOf } from '../../support/plan/fixtures.ts';

const denied = new AppError('UPSTREAM_AUTH', 'AWS denied it.');
const away = new AppError('UPSTREAM_UNAVAILABLE', 'AWS is away.');
const unreadable = (error: AppError): FunctionState => ({ kind: 'unreadable', error });
const gone: FunctionState = { kind: 'gone' };
const empty = snapshotOf({ functions: {}, consul: {} });

describe('what AWS denied', () => {
  it.each([
    ['none', [], undefined],
    ['none', [gone, unreadable(away)], away],
    ['all', [], denied],
    ['all', [unreadable(denied), unreadable(denied)], undefined],
    ['some', [unreadable(denied), gone], undefined],
    ['some', [unreadable(denied), unreadable(away)], undefined],
    ['some', [gone], denied],
  ] as const)('is %s of the reads (%#)', (expected, states, listing) => {
    const functions = new Map(states.map((state, index) => [`arn-${index}`, state]));
    expect(denialsOf({ ...empty, functions }, listing).aws).toBe(expected);
  });
});

describe('what Consul hides', () => {
  it.each([true, false])('shows by a node that was seen whole: %s', (isWhole) => {
    const nodes = new Map([[placeKey(agentsPlace), { node: undefined, isWhole }]]);
    const snapshot = { ...empty, observed: { ...empty.observed, nodes } };
    expect(denialsOf(snapshot, undefined).consul).toBe(!isWhole);
  });
});
