/** What a source tells of services, before anybody has judged it. */

/** A place where a service wants to be reached, as it was written. */
export interface RouteClaim {
  /** A host name, `*.` and a name, or an address; absent: any host. */
  readonly host?: string;
  /** A prefix; absent: any path. */
  readonly path?: string;
  /** Whether the prefix is taken off; absent: as the instance's attributes have it. */
  readonly strip?: boolean;
  /** How the servers of this route are spoken to, where the route says so. */
  readonly scheme?: 'http' | 'https';
  /** As the attribute `route-percent`, for this route alone. */
  readonly percent?: number;
  /** As the attribute `route-tls`, for this route alone. */
  readonly tls?: boolean;
}

/** An instance of a service, as a source knows it. */
export interface SeenInstance {
  /** Unique in the service, and the same for as long as the instance lives. */
  readonly id: string;
  readonly address: string;
  /** Absent where the source knows none. */
  readonly port: number | undefined;
  /** The source's own weight, by which the one of the attributes is multiplied; 1 where it has none. */
  readonly weight: number;
  /** `drain`: it is there, but takes no new requests. */
  readonly state: 'ready' | 'drain';
  /** Texts by key (`route-host`, `check`, `weight` …), without the source's prefix. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Routes that are written otherwise than as attributes. */
  readonly routes: readonly RouteClaim[];
}

/** A service in one source. */
export interface Sighting {
  /** What it is called there; names that differ in case are one where the source says so. */
  readonly service: string;
  readonly instances: readonly SeenInstance[];
  /** Texts by key of options and routes that hold for the whole service, before those of its instances. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Routes of a service whose instances ask for none. */
  readonly fallback: readonly RouteClaim[];
  /** A Lambda function, reached through the proxy, whatever its address. */
  readonly isFunction: boolean;
}

/** Something in a source that costs a key, a route or an instance, and nothing else. */
export interface Problem {
  readonly source: string;
  readonly service: string | undefined;
  readonly instance: string | undefined;
  /** What is wrong and what is expected. */
  readonly message: string;
}

/** What one look at a source gave. */
export interface Reading {
  /** By service. */
  readonly sightings: ReadonlyMap<string, Sighting>;
  /** Services that could not be read this time: what was known of them stays. */
  readonly unread: ReadonlySet<string>;
  /** Ids of instances that could not be read, of whatever service: what was known of them stays. Absent: none. */
  readonly unreadInstances?: ReadonlySet<string>;
  /** Whether there are no services but these; otherwise what is not listed stays as it was known. */
  readonly isWhole: boolean;
  readonly problems: readonly Problem[];
}

/** Who is told what a source says. */
export interface SourceListener {
  onReading(reading: Reading): void;
  onFailure(error: unknown): void;
}

/** A source that is followed. */
export interface RunningSource {
  /** Looks again at once, as when something is held back until several looks agree. */
  refresh(): void;
  close(): void;
}
