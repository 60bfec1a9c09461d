import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { ProxyFileText } from '../file-text.ts';
import type { Report } from '../report.ts';
import type { Serving } from '../serving.ts';
import { createSlotKeeper } from '../targets/slots.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { SlotDesk } from './slot-desk.ts';

/** A function that a lost worker had called may run on; an emulator must not be called meanwhile. */
const lostCallMs = 60_000;
/** A worker that ends is replaced after this time, so that one that cannot live does not keep a core busy. */
const respawnMs = 1_000;
/** A worker that does not tell of itself in this time is left out of a report. */
const reportMs = 2_000;

/**
 * Serves with several processes that share a port. They are this program again; places at emulators are kept here.
 * @throws AppError LISTEN_FAILED when they cannot listen
 */
export async function startWorkers(count: number, first: ProxyFileText, logger: Logger): Promise<Serving> {
  const desk = new SlotDesk(createSlotKeeper(systemClock), (act) => void systemClock.after(lostCallMs, act));
  // Numbers without end are among what is told.
  cluster.setupPrimary({ serialization: 'advanced' });
  const crew = new Crew(count, desk, first, logger);
  const ports = await Promise.all(Array.from({ length: count }, () => crew.hire()));
  return {
    port: ports[0] ?? 0,
    change: (file) => crew.change(file),
    reports: () => crew.reports(),
    stop: () => crew.stop(),
  };
}

/** The workers of the moment. */
class Crew {
  readonly #count: number;
  readonly #desk: SlotDesk;
  readonly #logger: Logger;
  readonly #workers = new Set<Worker>();
  readonly #answers = new Map<number, (report: Report) => void>();
  #file: ProxyFileText;
  #questions = 0;
  #isStopping = false;

  constructor(count: number, desk: SlotDesk, file: ProxyFileText, logger: Logger) {
    this.#count = count;
    this.#desk = desk;
    this.#file = file;
    this.#logger = logger;
  }

  /** Starts a worker and gives the port that it listens on. */
  hire(): Promise<number> {
    const worker = cluster.fork();
    this.#workers.add(worker);
    worker.once('exit', (code) => this.#lost(worker, code));
    return new Promise((resolve, reject) => {
      let isListening = false;
      const fail = (message: string): void => reject(new AppError('LISTEN_FAILED', message));
      worker.once('exit', () => fail('A worker ended before it listened.'));
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'listening') {
          isListening = true;
          resolve(message.port);
        }
        if (message.kind === 'failed') {
          this.#logger.error({ worker: worker.id, problem: message.message }, 'worker failed');
          fail(message.message);
          // Another may have more luck than one that serves nothing.
          if (!isListening) worker.kill();
        }
        this.#receive(worker, message);
      });
    });
  }

  change(file: ProxyFileText): void {
    this.#file = file;
    for (const worker of this.#workers) this.#tellFile(worker);
  }

  async reports(): Promise<Report[]> {
    const answers = await Promise.all([...this.#workers].map((worker) => this.#ask(worker)));
    return answers.filter((report) => report !== undefined);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const ended = [...this.#workers].map((worker) => once(worker, 'exit'));
    for (const worker of this.#workers) tell(worker, { kind: 'stop' });
    await Promise.all(ended);
  }

  #tellFile(worker: Worker): void {
    tell(worker, { kind: 'change', file: this.#file, workers: this.#count });
  }

  #receive(worker: Worker, message: FromWorker): void {
    if (message.kind === 'ready') this.#tellFile(worker);
    if (message.kind === 'report') this.#answers.get(message.question)?.(message.report);
    if (message.kind === 'slots') {
      this.#desk.receive(worker.id, message, (said) => tell(worker, { kind: 'slots', ...said }));
    }
  }

  #lost(worker: Worker, code: number): void {
    this.#workers.delete(worker);
    this.#desk.lost(worker.id);
    if (this.#isStopping) return;
    this.#logger.error({ worker: worker.id, code }, 'worker ended, another takes its place');
    systemClock.after(respawnMs, () => {
      if (!this.#isStopping) this.hire().catch(() => undefined);
    });
  }

  #ask(worker: Worker): Promise<Report | undefined> {
    const question = (this.#questions += 1);
    return new Promise((resolve) => {
      const end = (report: Report | undefined): void => {
        callOff();
        this.#answers.delete(question);
        resolve(report);
      };
      const callOff = systemClock.after(reportMs, () => end(undefined));
      this.#answers.set(question, end);
      tell(worker, { kind: 'report', question });
    });
  }
}

function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}
