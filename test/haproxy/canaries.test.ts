import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutPercent } from '../../src/haproxy/canaries.ts';
import type { Server } from '../../src/haproxy/model.ts';
import { service } from '../support/haproxy-models.ts';
import { tries } from '../support/explorations.ts';

const a = { host: 'a.example' };
const b = { host: 'b.example' };
const servers = (...weights: (number | undefined)[]): Server[] =>
  weights.map((weight, at) => ({
    id: `${at}`,
    address: '10.0.0.1',
    port: 80 + at,
    ...(weight === undefined ? {} : { weight }),
  }));
const weightsOf = (list: readonly Server[], of: string): number[] =>
  list.filter((server) => server.of === of).map(({ weight = 1 }) => weight);
const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

const split = (percent: number, own: Server[], others: Server[]): readonly Server[] => {
  const services = [
    service('web', [a], { servers: own }),
    service('next', [{ ...a, percent }], { servers: others }),
  ];
  return withoutPercent(services).find(({ name }) => name === 'web::next')?.servers ?? [];
};

describe('a route of which another service gets a part', () => {
  it('has the servers of both, and the options of the service that it belongs to', () => {
    const services = [
      service('web', [{ ...a, strip: false, tls: true }, b], { servers: servers(1), check: '/web' }),
      service('next', [{ ...a, percent: 10 }, { host: 'next.example' }], {
        servers: servers(1),
        check: '/next',
      }),
    ];
    const found = withoutPercent(services);
    expect(found.map(({ name, routes }) => [name, routes.map(({ host }) => host)])).toEqual([
      ['web', ['b.example']],
      ['next', ['next.example']],
      ['web::next', ['a.example']],
    ]);
    expect(found[2]).toMatchObject({ check: '/web', routes: [{ tls: true }] });
    expect(found[2]?.routes[0]).not.toHaveProperty('percent');
  });

  it.each([
    [10, [1], [1], [9, 1]],
    [50, [1, 1], [1], [1, 1, 2]],
    [1, [1], [1], [99, 1]],
    [0, [3], [1], [1, 0]],
    [100, [3], [1], [0, 1]],
    [25, [2, 1], [1], [2, 1, 1]],
    [10, [0, 1], [1], [0, 9, 1]],
  ])('gets %i %% of it', (percent, own, others, weights) => {
    expect(split(percent, servers(...own), servers(...others)).map(({ weight }) => weight)).toEqual(weights);
  });

  it('goes to one of them whole while the other takes no requests', () => {
    expect(weightsOf(split(10, servers(0, 0), servers(5)), 'next')).toEqual([5]);
    expect(weightsOf(split(10, servers(5), []), 'web')).toEqual([5]);
  });

  it('is whole where nobody else has it', () => {
    expect(withoutPercent([service('next', [{ ...a, percent: 10 }])])).toEqual([service('next', [a])]);
  });

  it('is of as many further services as there are proportions', () => {
    const services = [
      service('web', [a, b]),
      service('next', [
        { ...a, percent: 10 },
        { ...b, percent: 20 },
      ]),
    ];
    expect(withoutPercent(services).map(({ name }) => name)).toEqual([
      'web',
      'next',
      'web::next',
      'web::next::20',
    ]);
  });

  it('is shared as exactly as weights up to 256 allow', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 95 }), weights, weights, (percent, own, others) => {
        const found = split(percent, servers(...own), servers(...others));
        const part = sum(weightsOf(found, 'next'));
        const all = part + sum(weightsOf(found, 'web'));
        expect(Math.abs((100 * part) / all - percent)).toBeLessThan(4);
        expect(Math.max(...found.map(({ weight = 1 }) => weight))).toBeLessThanOrEqual(256);
      }),
      tries(200),
    );
  });
});
