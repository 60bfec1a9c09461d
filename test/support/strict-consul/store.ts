import { sameJson } from '../../../src/core/objects.ts';
import { Authority } from './authority.ts';
import { type EntryKind, hashOf, type StoredEntry } from './config-entries.ts';
import { isIn, type Tenancy } from './edition.ts';

interface Indexed<Value> {
  value: Value;
  createIndex: number;
  modifyIndex: number;
}

export interface NodeValue extends Tenancy {
  ID: string;
  Node: string;
  Address: string;
  Datacenter: string;
  TaggedAddresses: Record<string, string> | null;
  Meta: Record<string, string> | null;
}

export interface ServiceValue extends Tenancy {
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
  /** IDs of checks by the key of a node. */
  readonly checks = new Map<string, string[]>();
  readonly authority = new Authority();
  readonly #entries = new Table<StoredEntry>();
  #index = 10;

  nextIndex(): number {
    this.#index += 1;
    return this.#index;
  }

  static nodeKey({ Partition = '' }: Tenancy, node: string): string {
    return `${Partition}\u0000${node}`.toLowerCase();
  }

  static serviceKey(place: Tenancy, node: string, id: string): string {
    return `${Store.nodeKey(place, node)}\u0000${place.Namespace ?? ''}\u0000${id}`;
  }

  nodeOf(key: string): Indexed<NodeValue> | undefined {
    return this.nodes.get(key.split('\u0000').slice(0, 2).join('\u0000'));
  }

  deleteNode(partition: Tenancy, name: string): void {
    const node = Store.nodeKey(partition, name);
    const keys = [...this.services.rows.keys()].filter((key) => key.startsWith(`${node}\u0000`));
    for (const key of keys) this.services.delete(key);
    this.nodes.delete(node);
    this.checks.delete(node);
  }

  /** Runs `work` and takes everything back when it gives errors. */
  atomically<Failure>(work: () => Failure[]): Failure[] {
    const before = [new Map(this.nodes.rows), new Map(this.services.rows)] as const;
    const failures = work();
    if (failures.length > 0) [this.nodes.rows, this.services.rows] = before;
    return failures;
  }

  entries(kind: EntryKind, places: Tenancy): StoredEntry[] {
    const rows = [...this.#entries.rows.values()].filter(
      ({ value }) => value.Kind === kind && isIn(value, places),
    );
    return rows.map((row) => answerOf(row)).toSorted(byName);
  }

  entry(kind: EntryKind, place: Tenancy, name: string): StoredEntry | undefined {
    const row = this.#entries.get(entryKey(kind, place, name));
    return row && answerOf(row);
  }

  /** Without an index unconditionally. What is there already is answered with true whatever the index. */
  putEntry(entry: StoredEntry, index: number | undefined): boolean {
    const key = entryKey(entry.Kind, entry, entry.Name);
    const before = this.#entries.get(key);
    if (before && sameJson(before.value, entry)) return true;
    if (index !== undefined && !this.#entries.isAt(key, index)) return false;
    this.#entries.set(key, entry, this.nextIndex());
    return true;
  }

  deleteEntry(kind: EntryKind, place: Tenancy, name: string, index: number | undefined): boolean {
    const key = entryKey(kind, place, name);
    if (!this.#entries.get(key)) return true;
    if (index !== undefined && (index === 0 || !this.#entries.isAt(key, index))) return false;
    this.#entries.delete(key);
    this.nextIndex();
    return true;
  }
}

function entryKey(kind: EntryKind, { Partition = '', Namespace = '' }: Tenancy, name: string): string {
  return `${kind}\u0000${Partition}\u0000${Namespace}\u0000${name}`;
}

function answerOf({ value, createIndex, modifyIndex }: Indexed<StoredEntry>): StoredEntry {
  return { ...value, Hash: hashOf(value), CreateIndex: createIndex, ModifyIndex: modifyIndex };
}

function byName(left: StoredEntry, right: StoredEntry): number {
  return left.Name < right.Name ? -1 : 1;
}
