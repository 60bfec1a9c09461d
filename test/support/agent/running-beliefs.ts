import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceState } from '../../../src/agent/beliefs/api.ts';
import { type ConfiguredBeliefs, startBeliefs } from '../../../src/agent/beliefs/beliefs.ts';
import { type AgentConfig, readAgentConfig } from '../../../src/agent/config.ts';
import type { SourceName } from '../../../src/agent/model/agent-model.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { rules, mergeSources } from './sightings.ts';

export const beliefsParts = { clock: systemClock, random: systemRandom, now: () => Date.now() };

/** What an agent believes that is configured by a file, with a folder of its own; `await using` ends and removes both. */
export class RunningBeliefs implements AsyncDisposable {
  static async create(): Promise<RunningBeliefs> {
    return new RunningBeliefs(await mkdtemp(join(tmpdir(), 'beliefs-')));
  }

  readonly folder: string;
  readonly snapshotFailures: unknown[] = [];
  /** How often something was believed otherwise. */
  changes = 0;
  env: Record<string, string> = {};
  #beliefs: ConfiguredBeliefs | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  get snapshot(): string {
    return join(this.folder, 'snapshot.json');
  }

  get beliefs(): ConfiguredBeliefs {
    if (this.#beliefs === undefined) throw new Error('nothing is followed');
    return this.#beliefs;
  }

  /** The configuration of a file, whose guard counts ten reads a second. */
  config(text: string): AgentConfig {
    const guard = 'guard: { interval: 100ms }';
    const whole = `${text.includes('guard:') ? '' : guard}\nhaproxy: { dir: ${this.folder} }\n${text}`;
    return readAgentConfig(whole, 'agent.yaml', this.env).config;
  }

  async start(text: string): Promise<void> {
    const listener = {
      onChange: () => void (this.changes += 1),
      onRead: () => {},
      onSnapshotFailure: (error: unknown) => void this.snapshotFailures.push(error),
    };
    this.#beliefs = await startBeliefs(this.config(text), listener, beliefsParts);
  }

  /** Ends what `start` began. */
  async end(): Promise<void> {
    await this.#beliefs?.close();
    this.#beliefs = undefined;
  }

  /** What all sources together come to: servers by service, as `web: 10.0.0.1:80`. */
  served(): string[] {
    const { services, backends } = mergeSources(this.beliefs.views(), rules());
    return services.map(({ name, backend }) => {
      const servers = backends.find((one) => one.name === backend)?.servers ?? [];
      return `${name}: ${servers
        .map(({ address, port }) => `${address}:${port}`)
        .sort()
        .join(' ')}`;
    });
  }

  problems(): string[] {
    return this.beliefs.views().flatMap(({ problems }) => problems.map(({ message }) => message));
  }

  state(name: SourceName): SourceState {
    const state = this.beliefs.states().find((one) => one.name === name);
    if (state === undefined) throw new Error(`${name} is not followed`);
    return state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}
