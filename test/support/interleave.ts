import { firstSeed } from './explorations.ts';
import { intercept } from './consul/intercept.ts';
import { seededRandom } from './seeded-random.ts';

/** Two programs that take turns: each call of theirs is a step that waits until it is let through. */
export type Actor = 'first' | 'second';

export interface Stage {
  /** Wraps an object so that each of its calls is a step of `actor`; `isRead` tells calls that change nothing. */
  onStage<Target extends object>(actor: Actor, target: Target, isRead: (method: string) => boolean): Target;
}

/** Starts both actors, whose objects are on the stage. */
export type Scene = (stage: Stage) => Record<Actor, Promise<unknown>>;

interface Step {
  isRead: boolean;
  go(): void;
}

/**
 * Runs `scene` once for every order in which the steps of its two actors can interleave, except orders that differ only
 * in neighbouring reads; of more than `most` orders for as many, drawn by chance.
 * @returns how many orders were run
 */
export async function everyInterleaving(
  scene: Scene,
  around: { before(): Promise<void>; after(order: string): Promise<void> },
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  const random = seededRandom(firstSeed);
  let count = 0;
  const unexplored: Actor[][] = [[]];
  while (count < most) {
    const [prefix] = unexplored.splice(Math.floor(random() * unexplored.length), 1);
    if (prefix === undefined) break;
    await around.before();
    const play = new Play(prefix);
    unexplored.push(...(await play.perform(scene)));
    await around.after(play.order.join(' '));
    count += 1;
  }
  return count;
}

/** One performance: the order of `prefix` first, then the first actor's steps before the second's. */
class Play implements Stage {
  readonly order: Actor[] = [];
  readonly #prefix: readonly Actor[];
  readonly #waiting: Record<Actor, Step[]> = { first: [], second: [] };
  readonly #ended = new Set<Actor>();
  #changed = (): void => {};
  #swapsReads = false;

  constructor(prefix: readonly Actor[]) {
    this.#prefix = prefix;
  }

  /** Returns the orders that branch off this one. */
  async perform(scene: Scene): Promise<Actor[][]> {
    const branches: Actor[][] = [];
    const { first, second } = scene(this);
    const both = Promise.allSettled([this.#watch('first', first), this.#watch('second', second)]);
    for (let choices = await this.#choices(); choices.length > 0; choices = await this.#choices()) {
      const isNew = this.order.length >= this.#prefix.length;
      const preferred = this.#swapsReads && choices.includes('second') ? 'second' : (choices[0] ?? 'first');
      if (isNew && choices.length === 2 && preferred === 'first') branches.push([...this.order, 'second']);
      this.#step(this.#prefix[this.order.length] ?? preferred);
    }
    const failed = (await both).find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    return branches;
  }

  #step(actor: Actor): void {
    const step = this.#waiting[actor].shift();
    // Reads of the first that would only change places with reads of the second have been run before them.
    this.#swapsReads = actor === 'second' && step?.isRead === true && this.#waiting.first[0]?.isRead === true;
    this.order.push(actor);
    step?.go();
  }

  onStage<Target extends object>(actor: Actor, target: Target, isRead: (method: string) => boolean): Target {
    return intercept(target, async ({ method, make }) => {
      await new Promise<void>((go) => {
        this.#waiting[actor].push({ isRead: isRead(method), go });
        this.#changed();
      });
      return make();
    });
  }

  /** Who has a step to make, once each actor either has one or has ended. */
  async #choices(): Promise<Actor[]> {
    const actors: Actor[] = ['first', 'second'];
    while (!actors.every((actor) => this.#ended.has(actor) || this.#waiting[actor].length > 0)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return actors.filter((actor) => this.#waiting[actor].length > 0);
  }

  async #watch(actor: Actor, ends: Promise<unknown>): Promise<void> {
    try {
      await ends;
    } finally {
      this.#ended.add(actor);
      this.#changed();
    }
  }
}
