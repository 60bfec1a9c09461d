import { countsIn, type MetricsJson, type Report, unitedMetrics, unitedReport } from '../told/report.ts';

/** What workers have told last, so that what was counted never becomes less. */
export class Told {
  readonly #last = new Map<number, Report>();
  /** What workers had counted that have ended. */
  #ended: Promise<MetricsJson> = Promise.resolve([]);

  /** A worker has told this. */
  heard(worker: number, report: Report): void {
    this.#last.set(worker, report);
  }

  /** A worker has ended. */
  lost(worker: number): void {
    const report = this.#last.get(worker);
    this.#last.delete(worker);
    if (!report) return;
    this.#ended = this.#ended.then((before) => unitedMetrics([before, countsIn(report.metrics)]));
  }

  /** All workers as one; those that were late as they told last. */
  async report(): Promise<Report> {
    const [reports, ended] = [[...this.#last.values()], this.#ended];
    const { metrics, ...report } = await unitedReport(reports);
    return { ...report, metrics: await unitedMetrics([metrics, await ended]) };
  }
}
