import { sameJson } from '../../../src/core/objects.ts';
import { hashOf, type StoredEntry } from './config-entries.ts';

interface Indexed<Value> {
  value: Value;
  createIndex: number;
  modifyIndex: number;
}

export interface NodeValue {
  ID: string;
  Node: string;
  Address: string;
  Datacenter: string;
  TaggedAddresses: Record<string, string> | null;
  Meta: Record<string, string> | null;
}

export interface ServiceValue {
  ID: string;
  Service: string;
  Tags: string[] | null;
  Address: string;
  Meta: Record<string, string> | null;
  [field: string]: unknown;
}

/** A table whose keys are lower case, as Consul's indexes are, and whose rows know when they were last changed. */
class Table<Value> {
  rows = new Map<string, Indexed<Value>>();

  get(key: string): Indexed<Value> | undefined {
    return this.rows.get(key.toLowerCase());
  }

  /** Index 0 is that of a row that does not exist. */
  isAt(key: string, index: number): boolean {
    return (this.get(key)?.modifyIndex ?? 0) === index;
  }

  /** What is written as it was keeps its index. */
  set(key: string, value: Value, index: number): void {
    const before = this.get(key);
    if (before && sameJson(before.value, value)) return;
    const createIndex = before?.createIndex ?? index;
    this.rows.set(key.toLowerCase(), { value, createIndex, modifyIndex: index });
  }

  delete(key: string): void {
    this.rows.delete(key.toLowerCase());
  }
}

/** The state of the stand-in. */
export class Store {
  readonly nodes = new Table<NodeValue>();
  readonly services = new Table<ServiceValue>();
  /** IDs of checks by node in lower case. */
  readonly checks = new Map<string, string[]>([['agent', ['serfHealth']]]);
  readonly #entries = new Table<StoredEntry>();
  #index = 10;

  nextIndex(): number {
    this.#index += 1;
    return this.#index;
  }

  static serviceKey(node: string, id: string): string {
    return `${node}\u0000${id}`;
  }

  servicesOf(node: string): Indexed<ServiceValue>[] {
    const prefix = Store.serviceKey(node.toLowerCase(), '');
    return [...this.services.rows].filter(([key]) => key.startsWith(prefix)).map(([, row]) => row);
  }

  nodeOf(key: string): Indexed<NodeValue> | undefined {
    return this.nodes.get(key.split('\u0000')[0] ?? '');
  }

  deleteNode(name: string): void {
    for (const { value } of this.servicesOf(name)) this.services.delete(Store.serviceKey(name, value.ID));
    this.nodes.delete(name);
    this.checks.delete(name.toLowerCase());
  }

  /** Runs `work` and takes everything back when it gives errors. */
  atomically<Failure>(work: () => Failure[]): Failure[] {
    const before = [new Map(this.nodes.rows), new Map(this.services.rows)] as const;
    const failures = work();
    if (failures.length > 0) [this.nodes.rows, this.services.rows] = before;
    return failures;
  }

  entries(): StoredEntry[] {
    return [...this.#entries.rows.values()].map((row) => answerOf(row)).toSorted(byName);
  }

  entry(name: string): StoredEntry | undefined {
    const row = this.#entries.get(name);
    return row && answerOf(row);
  }

  /** Without an index unconditionally. What is there already is answered with true whatever the index. */
  putEntry(entry: StoredEntry, index: number | undefined): boolean {
    const before = this.#entries.get(entry.Name);
    if (before && sameJson(before.value, entry)) return true;
    if (index !== undefined && !this.#entries.isAt(entry.Name, index)) return false;
    this.#entries.set(entry.Name, entry, this.nextIndex());
    return true;
  }

  deleteEntry(name: string, index: number | undefined): boolean {
    if (!this.#entries.get(name)) return true;
    if (index !== undefined && (index === 0 || !this.#entries.isAt(name, index))) return false;
    this.#entries.delete(name);
    this.nextIndex();
    return true;
  }
}

function answerOf({ value, createIndex, modifyIndex }: Indexed<StoredEntry>): StoredEntry {
  return { ...value, Hash: hashOf(value), CreateIndex: createIndex, ModifyIndex: modifyIndex };
}

function byName(left: StoredEntry, right: StoredEntry): number {
  return left.Name < right.Name ? -1 : 1;
}
