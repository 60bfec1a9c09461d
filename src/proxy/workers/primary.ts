import cluster, { type Worker } from 'node:cluster';
import { systemClock } from '../../core/clock.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { LineWriter } from '../told/access-log.ts';
import type { Report } from '../told/report.ts';
import type { ServedConfig, Serving } from '../serving.ts';
import { createSlotKeeper } from '../targets/slots.ts';
import { passLines } from './lines.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { SlotDesk } from './slot-desk.ts';
import { Told } from './told.ts';

/** A function that a lost worker had called may run on; an emulator must not be called meanwhile. */
const lostCallMs = 60_000;
/** A worker that ends is replaced after this time, so that one that cannot live does not keep a core busy. */
const respawnMs = 1_000;
/** A worker that does not tell of itself in this time is as it told last. */
const reportMs = 2_000;

/** Where the words of all processes go. */
interface Words {
  readonly logger: Logger;
  readonly accessLog: LineWriter;
  /** For lines of workers that are no access log. */
  readonly errors: LineWriter;
}

/**
 * Serves with several processes that share a port. They are this program again; places at emulators are kept here, and
 * their lines are written here, since those of several writers would tear each other.
 * @throws AppError LISTEN_FAILED when they cannot listen, CONFIG_INVALID as `startApp`
 */
export async function startWorkers(count: number, config: ServedConfig, words: Words): Promise<Serving> {
  // Numbers without end are among what is told.
  cluster.setupPrimary({ serialization: 'advanced', silent: true });
  const crew = new Crew(shareOf(config, count), words);
  try {
    const [port = 0] = await Promise.all(Array.from({ length: count }, () => crew.hire()));
    return {
      port,
      change: (changed) => crew.change(shareOf(changed, count)),
      report: () => crew.report(),
      stop: () => crew.stop(),
    };
  } catch (error) {
    await crew.stop();
    throw error;
  }
}

/** What of the limits of all workers is one's own. */
function shareOf(config: ServedConfig, workers: number): ServedConfig {
  const { limits } = config;
  return { ...config, limits: { ...limits, connections: Math.ceil(limits.connections / workers) } };
}

/** The workers of the moment. */
class Crew {
  readonly #desk = new SlotDesk(
    createSlotKeeper(systemClock),
    (act) => void systemClock.after(lostCallMs, act),
  );
  readonly #words: Words;
  readonly #workers = new Set<Worker>();
  /** Those that serve. */
  readonly #serving = new Set<Worker>();
  readonly #told = new Told();
  readonly #answers = new Map<number, () => void>();
  #config: ServedConfig;
  #questions = 0;
  #isStopping = false;

  constructor(config: ServedConfig, words: Words) {
    this.#config = config;
    this.#words = words;
  }

  /** Starts a worker and gives the port that it listens on. */
  hire(): Promise<number> {
    const worker = cluster.fork();
    const { stdout, stderr } = worker.process;
    if (stdout) passLines(stdout, this.#words.accessLog);
    if (stderr) passLines(stderr, this.#words.errors);
    this.#workers.add(worker);
    worker.once('exit', (code) => this.#lost(worker, code));
    worker.on('error', (error) => throwUnlessStarted(worker, error));
    return new Promise((resolve, reject) => {
      const fail = (code: ErrorCode, message: string): void => reject(new AppError(code, message));
      worker.once('exit', () => fail('LISTEN_FAILED', 'A worker ended before it listened.'));
      worker.on('message', (message: FromWorker) => {
        // What was on its way when it ended counts no more.
        if (this.#workers.has(worker)) this.#receive(worker, message);
        if (message.kind === 'listening') resolve(message.port);
        if (message.kind === 'failed') fail(message.code, message.message);
      });
    });
  }

  change(config: ServedConfig): void {
    this.#config = config;
    for (const worker of this.#workers) tell(worker, { kind: 'change', config });
  }

  async report(): Promise<Report> {
    await Promise.all([...this.#serving].map((worker) => this.#ask(worker)));
    return this.#told.report();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const ended = [...this.#workers].map(endOf);
    for (const worker of this.#workers) tell(worker, { kind: 'stop' });
    await Promise.all(ended);
  }

  #receive(worker: Worker, message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        tell(worker, { kind: 'change', config: this.#config });
        break;
      case 'listening':
        this.#serving.add(worker);
        break;
      case 'failed':
        this.#words.logger.error({ worker: worker.id, problem: message.message }, 'worker failed');
        break;
      case 'report':
        this.#told.heard(worker.id, message.report);
        this.#answers.get(message.question)?.();
        break;
      case 'slots':
        this.#desk.receive(worker.id, message, (said) => tell(worker, { kind: 'slots', ...said }));
    }
  }

  #lost(worker: Worker, code: number): void {
    this.#workers.delete(worker);
    this.#serving.delete(worker);
    this.#told.lost(worker.id);
    this.#desk.lost(worker.id);
    if (this.#isStopping) return;
    this.#words.logger.error({ worker: worker.id, code }, 'worker ended, another takes its place');
    systemClock.after(respawnMs, () => {
      if (!this.#isStopping) this.hire().catch(() => undefined);
    });
  }

  /** Resolves when the worker has told of itself, has ended, or has had the time for it. */
  #ask(worker: Worker): Promise<void> {
    const question = (this.#questions += 1);
    return new Promise((resolve) => {
      const end = (): void => {
        callOff();
        worker.off('exit', end);
        this.#answers.delete(question);
        resolve();
      };
      const callOff = systemClock.after(reportMs, end);
      this.#answers.set(question, end);
      worker.once('exit', end);
      tell(worker, { kind: 'report', question });
    });
  }
}

/** Resolves when a worker has ended, and its last lines have come. */
function endOf({ process }: Worker): Promise<void> {
  // By `once` of node:events, what is said to one that has just ended would fail the wait for its end.
  return new Promise((resolve) => void process.once('close', () => resolve()));
}

/** One that ended just now cannot be told anything, also by Node itself; its end is what counts. */
function throwUnlessStarted({ process }: Worker, error: Error): void {
  if (process.pid === undefined) throw error;
}

function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}
