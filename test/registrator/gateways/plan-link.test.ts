import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TerminatingGateway } from '../../../src/consul/api.ts';
import { AppError } from '../../../src/core/errors.ts';
import { nameKey } from '../../../src/lambda-service/place.ts';
import { isLinked, isListed, relinked } from '../../../src/registrator/gateways/entry.ts';
import type { GatewayView } from '../../../src/registrator/model/gateway.ts';
import { type LinkPlan, planLink } from '../../../src/registrator/gateways/plan-link.ts';
import { tries } from '../../support/explorations.ts';

const link = { service: 'pay' };
const closed: GatewayView = { kind: 'closed', error: new AppError('UPSTREAM_AUTH', 'no') };

/** Gateways by what they list; `closed` ones cannot be read. */
function viewsOf(gateways: Record<string, string[] | 'closed'>): Map<string, GatewayView> {
  return new Map(
    Object.entries(gateways).map(([Name, names]) => [
      nameKey(Name),
      names === 'closed' ? closed : { kind: 'seen', entry: entryOf(Name, names) },
    ]),
  );
}

function entryOf(Name: string, names: readonly string[]): TerminatingGateway {
  return { Kind: 'terminating-gateway', Name, Services: names.map((service) => ({ Name: service })) };
}

type Row = [
  wanted: string | undefined,
  current: string | undefined,
  gateways: Record<string, string[] | 'closed'>,
  plan: LinkPlan,
];

describe('the link of a service', () => {
  it.each<Row>([
    [undefined, undefined, {}, { meta: undefined }],
    [undefined, 'a', { a: ['pay'] }, { meta: undefined, remove: 'a' }],
    [undefined, 'a', { a: ['*'] }, { meta: undefined }],
    ['a', undefined, { a: ['pay'] }, { meta: undefined }],
    ['a', undefined, { a: ['*', 'mail'] }, { meta: undefined }],
    ['a', undefined, { a: ['mail'] }, { meta: 'a', add: 'a' }],
    ['a', 'a', { a: ['pay'] }, { meta: 'a' }],
    ['a', 'a', { a: ['pay', '*'] }, { meta: 'a' }],
    ['a', 'a', { a: ['*'] }, { meta: undefined }],
    ['a', 'a', { a: [] }, { meta: 'a', add: 'a' }],
    ['A', 'a', { a: ['PAY'] }, { meta: 'a' }],
    ['A', 'a', { a: [] }, { meta: 'a', add: 'A' }],
    ['b', 'a', { a: ['pay'], b: [] }, { meta: 'b', add: 'b', remove: 'a' }],
    ['b', 'a', { a: ['pay'], b: ['pay'] }, { meta: undefined, remove: 'a' }],
    ['b', 'a', { a: ['*'], b: ['*'] }, { meta: undefined }],
    ['b', 'a', { a: 'closed', b: [] }, { meta: 'a', closed: 'a' }],
    ['b', 'a', { a: ['pay'], b: 'closed' }, { meta: 'a', closed: 'b' }],
    ['a', undefined, { a: 'closed' }, { meta: undefined, closed: 'a' }],
    [undefined, 'a', { a: 'closed' }, { meta: 'a', closed: 'a' }],
    ['a', 'a', {}, { meta: 'a', closed: 'a' }],
  ])('wanted in %s, ours in %s, where gateways list %j', (wanted, gateway, gateways, plan) => {
    expect(planLink(wanted, { gateway }, link, viewsOf(gateways))).toStrictEqual(plan);
  });

  it('is made in a gateway that does not exist', () => {
    const views = new Map<string, GatewayView>([['a', { kind: 'seen', entry: undefined }]]);
    expect(planLink('a', { gateway: undefined }, link, views)).toStrictEqual({ meta: 'a', add: 'a' });
  });
});

/** What happens to the gateways `a` and `b` between runs of a registrator, and how far each run comes. */
type Step =
  | { kind: 'tag'; wanted: string | undefined }
  | { kind: 'theirs'; gateway: string; lists: boolean }
  | { kind: 'wildcard'; gateway: string; is: boolean }
  | { kind: 'unlinked'; gateway: string }
  | { kind: 'run'; writes: number; closed: string | undefined };

const gatewayNames = fc.constantFrom('a', 'b');
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('tag' as const),
    wanted: fc.constantFrom(undefined, 'a', 'A', 'b'),
  }),
  fc.record({ kind: fc.constant('theirs' as const), gateway: gatewayNames, lists: fc.boolean() }),
  fc.record({ kind: fc.constant('wildcard' as const), gateway: gatewayNames, is: fc.boolean() }),
  fc.record({ kind: fc.constant('unlinked' as const), gateway: gatewayNames }),
  fc.record({
    kind: fc.constant('run' as const),
    writes: fc.nat(3),
    closed: fc.option(gatewayNames, { nil: undefined }),
  }),
);

/** A service with its Meta, two gateways, and which of their links somebody else made. */
class World {
  wanted: string | undefined;
  meta: string | undefined;
  readonly entries = new Map<string, TerminatingGateway | undefined>([
    ['a', undefined],
    ['b', entryOf('b', ['mail'])],
  ]);
  readonly theirs = new Set<string>();

  take(step: Step): void {
    if (step.kind === 'tag') this.wanted = step.wanted;
    if (step.kind === 'theirs') this.#editTheirs(step.gateway, step.lists);
    if (step.kind === 'wildcard') this.#write(step.gateway, { service: '*' }, step.is);
    if (step.kind === 'unlinked') {
      this.theirs.delete(step.gateway);
      this.#write(step.gateway, link, false);
    }
    if (step.kind === 'run') this.run(step.writes, step.closed);
  }

  /** Somebody else links the service where it is not, nor is to be by us, or takes that back. */
  #editTheirs(gateway: string, lists: boolean): void {
    const isOurs = this.meta !== undefined && nameKey(this.meta) === gateway;
    const isCovered = isLinked({ kind: 'seen', entry: this.entries.get(gateway) }, link);
    if (lists ? isOurs || isCovered : !this.theirs.has(gateway)) return;
    this.#write(gateway, link, lists);
    if (lists) this.theirs.add(gateway);
    else this.theirs.delete(gateway);
  }

  /** One run, which may end after so many writes: unlink, Meta, link. */
  run(writes = 3, unseen?: string): void {
    const { meta, add, remove } = this.plan(unseen);
    if (writes > 0 && remove !== undefined) this.#write(remove, link, false);
    if (writes > 1) this.meta = meta;
    if (writes > 2 && add !== undefined) this.#write(add, link, true);
  }

  isLinkedAsWanted(): boolean {
    if (this.wanted === undefined) return true;
    return isLinked({ kind: 'seen', entry: this.entries.get(nameKey(this.wanted)) }, link);
  }

  plan(unseen?: string): LinkPlan {
    const views = [...this.entries].map(([name, entry]): [string, GatewayView] => [
      name,
      name === unseen ? closed : { kind: 'seen', entry },
    ]);
    return planLink(this.wanted, { gateway: this.meta }, link, new Map(views));
  }

  #write(gateway: string, what: { service: string }, is: boolean): void {
    const name = nameKey(gateway);
    const before = this.entries.get(name);
    const after = is ? relinked(before, name, [what], []) : relinked(before, name, [], [what]);
    if (after) this.entries.set(name, after);
  }
}

describe('whatever happens to gateways', () => {
  const always = (check: (world: World) => void): void =>
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 12 }), (taken) => {
        const world = new World();
        for (const step of taken) world.take(step);
        check(world);
      }),
      tries(3000),
    );

  it('one run later the service is linked as wanted, and the next has nothing to do', () => {
    always((world) => {
      world.run();
      expect(world.isLinkedAsWanted()).toBe(true);
      expect(world.plan()).toStrictEqual({ meta: world.meta });
    });
  });

  it('links of others stay, and of ours none is left behind', () => {
    always((world) => {
      world.wanted = undefined;
      world.run();
      expect(world.meta).toBeUndefined();
      for (const [name, entry] of world.entries) expect(isListed(entry, link)).toBe(world.theirs.has(name));
    });
  });
});
