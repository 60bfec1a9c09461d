import { type Aggregator, Gauge, type Registry } from 'prom-client';

/** A gauge with one label that is measured when somebody asks. */
export interface LabelledGauge {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  /** How several processes' values of it become one; their sum where nothing is said. */
  readonly aggregator?: Aggregator;
  /** By the label. */
  readonly values: () => Values | Promise<Values>;
}

type Values = Iterable<readonly [label: string, value: number]>;

/** Adds a gauge whose labels are those of its values at the moment. */
export function addGauge(registry: Registry, { label, values, ...gauge }: LabelledGauge): void {
  const metric: Gauge = new Gauge({
    ...gauge,
    labelNames: [label],
    registers: [registry],
    collect: async () => {
      const now = await values();
      metric.reset();
      for (const [key, value] of now) metric.set({ [label]: key }, value);
    },
  });
}
