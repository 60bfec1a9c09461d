import packageJson from '../../package.json' with { type: 'json' };
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { sameJson } from '../core/objects.ts';

import { type ConfiguredBeliefs, startBeliefs } from './beliefs/beliefs.ts';
import type { BeliefsParts } from './beliefs/beliefs.ts';
import type { AgentConfig } from './config.ts';
import type { AgentModel } from './model/agent-model.ts';
import { keepFixed } from './fixed-keys.ts';
import { loadPage } from './page/page.ts';
import { Pushing } from './push/pushing.ts';
import type { Serving } from './serving.ts';
import type { Surroundings } from './configuration.ts';
import { surroundings } from './surroundings/kept.ts';
import { watchCertificates } from './surroundings/read.ts';
import type { ApplyRecords } from './told/apply-records.ts';
import type { Status } from './told/status.ts';
import { startTold, type Told } from './told/told.ts';

/** An agent that runs. */
export interface Agent {
  readonly healthPort: number;
  /** Undefined where nobody wants the pages. */
  readonly adminPort: number | undefined;
  status(): Promise<Status>;
  /**
   * Another configuration counts from now on; sources are read anew.
   * @returns keys of it that count after a restart alone
   * @throws AppError as readSurroundings and startDockerPush do; everything stays as it was then
   */
  change(config: AgentConfig): Promise<readonly string[]>;
  /** Ends everything, and a HAProxy that was started here. */
  stop(): Promise<void>;
}

/** What an agent begins with. */
export interface Begun {
  readonly config: AgentConfig;
  readonly around: Surroundings;
  readonly serving: Serving;
  readonly records: ApplyRecords;
  readonly logger: Logger;
  /** Kept from other agents; undefined where nothing is written. */
  readonly folder: AsyncDisposable | undefined;
  readonly parts: BeliefsParts;
}

/** What runs of an agent, from sources over HAProxy to what is told of it. */
export class RunningAgent implements Agent {
  readonly #serving: Serving;
  readonly #records: ApplyRecords;
  readonly #logger: Logger;
  readonly #folder: AsyncDisposable | undefined;
  readonly #pushing: Pushing;
  readonly #parts: BeliefsParts;
  readonly #startedAt: number;
  #config: AgentConfig;
  #around: Surroundings;
  #beliefs: ConfiguredBeliefs | undefined;
  #told: Told | undefined;
  #certificates: { close(): void } | undefined;
  #model: AgentModel | undefined;
  /** Whether sources have told enough, or were waited for long enough. */
  #hasWaited = false;
  #last: Promise<unknown> = Promise.resolve();
  #end: Promise<void> | undefined;

  constructor({ config, around, serving, records, logger, folder, parts }: Begun) {
    this.#parts = parts;
    this.#startedAt = parts.now();
    this.#config = config;
    this.#around = around;
    this.#serving = serving;
    this.#records = records;
    this.#logger = logger;
    this.#folder = folder;
    this.#pushing = new Pushing((text) => serving.serveText(text), { ...parts, logger });
  }

  get healthPort(): number {
    return this.#told?.healthPort ?? 0;
  }

  get adminPort(): number | undefined {
    return this.#told?.adminPort;
  }

  async start(): Promise<void> {
    const config = this.#config;
    const listener = {
      onChange: () => this.#serve(),
      onRead: () => {
        if (this.#model === undefined) this.#serve();
      },
      onSnapshotFailure: (error: unknown) =>
        this.#logger.warn({ error: messageOf(error) }, 'what is believed is not kept'),
    };
    const beliefs = await startBeliefs(config, listener, this.#parts);
    this.#beliefs = beliefs;
    this.#told = await startTold({
      subject: {
        version: packageJson.version,
        startedAt: this.#startedAt,
        now: this.#parts.now,
        beliefs: { states: () => [...beliefs.states(), ...this.#pushing.states()] },
        model: () => this.#model,
        applier: this.#serving.applier,
      },
      records: this.#records,
      config,
      page: await loadPage(),
      logger: this.#logger,
      clock: this.#parts.clock,
    });
    // Before HAProxy is taken over, since what fails here ends whatever was begun.
    this.#pushing.follow(config);
    await this.#watchCertificates();
    await this.#serving.applier.start();
    void this.#serveWhenKnown(beliefs, this.#patienceMs(beliefs));
  }

  async status(): Promise<Status> {
    if (this.#told === undefined) throw new Error('the agent is not started');
    return this.#told.status();
  }

  change(config: AgentConfig): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const before = this.#config;
      const { config: next, restartsNeeded } = keepFixed(config, before);
      const around = await surroundings(next, this.#logger, this.#around);
      if (!sameJson(next.push, before.push)) this.#pushing.follow(next);
      this.#follow(next, around);
      this.#followSources(next);
      await this.#watchCertificates();
      return restartsNeeded;
    });
  }

  stop(): Promise<void> {
    this.#end ??= this.#inTurn(() => this.#close(() => this.#serving.applier.stop()));
    return this.#end;
  }

  /** Ends what a start has begun, but no HAProxy, which may serve already. */
  giveUp(): Promise<void> {
    return this.#close(() => Promise.resolve());
  }

  async #close(endHaproxy: () => Promise<void>): Promise<void> {
    this.#pushing.close();
    this.#certificates?.close();
    await this.#beliefs?.close();
    await endHaproxy();
    await this.#told?.close();
    await this.#folder?.[Symbol.asyncDispose]();
  }

  /** What sources that are new have to tell is waited for, since it may be what others told before. */
  #followSources(config: AgentConfig): void {
    if (this.#beliefs === undefined) return;
    this.#hasWaited = false;
    this.#beliefs.follow(config);
    void this.#serveWhenKnown(this.#beliefs, config.apply.startWaitMs);
  }

  /**
   * How long sources are waited for, in milliseconds. Where HAProxy serves something of which nothing is remembered, all of them
   * are, however long that takes: whatever one of them does not tell would be taken away.
   */
  #patienceMs({ remembers }: ConfiguredBeliefs): number | undefined {
    const isServing = this.#serving.applier.applied().revision !== undefined;
    return isServing && !remembers ? undefined : this.#config.apply.startWaitMs;
  }

  async #serveWhenKnown(beliefs: ConfiguredBeliefs, waitMs: number | undefined): Promise<void> {
    await beliefs.known(waitMs);
    this.#hasWaited = true;
    this.#serve();
  }

  /** Goes over to what is believed now, unless nothing is known of any source yet. */
  #serve(): void {
    const beliefs = this.#beliefs;
    if (!this.#hasWaited || beliefs === undefined) return;
    const isAnyKnown =
      beliefs.states().some(({ hasAnswered }) => hasAnswered) ||
      beliefs.views().some(({ sightings }) => !isEmpty(sightings));
    if (!isAnyKnown) return;
    try {
      this.#model = this.#serving.serve(beliefs.views());
    } catch (error) {
      this.#records.onFailure(error, undefined);
    }
  }

  /** Certificates that are renewed are read by a reload of their own. */
  async #watchCertificates(): Promise<void> {
    this.#certificates?.close();
    const { tls } = this.#config;
    this.#certificates = tls && (await watchCertificates(tls, () => void this.#renew()));
  }

  #renew(): Promise<void> {
    return this.#inTurn(async () => {
      this.#follow(this.#config, await surroundings(this.#config, this.#logger, this.#around));
      this.#serve();
    }).catch((error: unknown) => this.#records.onFailure(error, undefined));
  }

  #follow(config: AgentConfig, around: Surroundings): void {
    this.#around = around;
    this.#config = config;
    this.#serving.follow(config, around);
  }

  /** One thing after the other, and nothing after the end. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#end !== undefined) return Promise.reject(new Error('the agent is being stopped'));
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

function isEmpty(items: Iterable<unknown>): boolean {
  return items[Symbol.iterator]().next().done === true;
}
