import type { Deadline } from '../core/deadline.ts';
import type { Secret } from '../core/secret.ts';

/** Wire shapes keep Consul's spelling and every field that a server sends, so that what is written back is whole. */
export interface NodeBody {
  ID?: string;
  Node: string;
  Address: string;
  Datacenter?: string;
  TaggedAddresses?: Record<string, string> | null;
  Meta?: Record<string, string> | null;
  [field: string]: unknown;
}

/** A node as it was read. */
export interface CatalogNode extends NodeBody {
  ModifyIndex: number;
}

/** A service as a node carries it; its address, where it has none, is the node's. */
export interface ServiceBody {
  ID: string;
  Service: string;
  Tags?: string[] | null;
  Meta?: Record<string, string> | null;
  Address?: string;
  Port?: number;
  [field: string]: unknown;
}

/** A service as it was read. */
export interface CatalogService extends ServiceBody {
  ModifyIndex: number;
}

/** One instance of a service, as `/v1/catalog/service/<name>` lists it. */
export interface ServiceInstance {
  Node: string;
  ServiceID: string;
  ServiceName: string;
  ServiceTags: string[];
  ServiceMeta: Record<string, string>;
  ModifyIndex: number;
}

interface EnvoyExtension {
  Name: string;
  Required?: boolean;
  Arguments?: Record<string, unknown> | null;
  [field: string]: unknown;
}

/** A `service-defaults` config entry. */
export interface ServiceDefaults {
  Kind: 'service-defaults';
  Name: string;
  Protocol?: string;
  Meta?: Record<string, string> | null;
  EnvoyExtensions?: EnvoyExtension[] | null;
  ModifyIndex?: number;
  [field: string]: unknown;
}

interface LinkedService {
  Name: string;
  /** Absent on Community, where there is but one. */
  Namespace?: string;
  [field: string]: unknown;
}

/** A `terminating-gateway` config entry: the services that gateways of its name lead to. */
export interface TerminatingGateway {
  Kind: 'terminating-gateway';
  Name: string;
  Services?: LinkedService[] | null;
  ModifyIndex?: number;
  [field: string]: unknown;
}

/** What counts of an instance and its node in `/v1/health/service/<name>`, with the checks of both. */
export interface InstanceHealth {
  Node: { Node: string; Address: string };
  Service: {
    ID: string;
    Service: string;
    /** Empty for services; `connect-proxy`, `mesh-gateway` and the like. */
    Kind: string;
    Tags: string[];
    Meta: Record<string, string>;
    Address: string;
    /** 0 where it has none. */
    Port: number;
    Weights: { Passing: number; Warning: number };
  };
  Checks: { Status: string }[];
}

/** A check of a service, or of its node where the service is empty; its ID is unique on the node. */
export interface Check {
  Node: string;
  CheckID: string;
  Status: string;
  ServiceName: string;
}

/** What the ACL system said about a read (https://developer.hashicorp.com/consul/api-docs/features/filtering). */
export interface AclHints {
  /** `X-Consul-Results-Filtered-By-ACLs`: something is hidden from this token; absent from anonymous answers. */
  filtered: boolean;
  /** `X-Consul-Default-ACL-Policy`; absent from servers before 1.11. */
  defaultPolicy: 'allow' | 'deny' | undefined;
  /** No token was sent with the request, so that Consul answered as its anonymous token may see. */
  anonymous: boolean;
}

/** A node and its services; without the node there are none. */
export interface NodeServices extends AclHints {
  node: CatalogNode | undefined;
  services: CatalogService[];
}

/**
 * A blocking read: it answers when the index has moved past the one of an earlier answer, or after the wait
 * (https://developer.hashicorp.com/consul/api-docs/features/blocking).
 */
export interface Blocking {
  readonly index: string;
  readonly waitMs: number;
}

/** How the servers are to answer a read. */
export interface Reading {
  readonly blocking?: Blocking | undefined;
  /**
   * Only as a leader that knows of every write: without it one that was just started or elected answers from what it has
   * read so far (https://developer.hashicorp.com/consul/api-docs/features/consistency).
   */
  readonly consistent?: boolean;
  /** As whatever server is asked knows it: {@link Lagging} tells how far behind that may be. */
  readonly stale?: boolean;
}

/** What a read may be repeated with as a blocking one. */
export interface Indexed {
  /** `X-Consul-Index`; kept as text, since it has 64 bits. */
  index: string | undefined;
}

/** What a read says of the server that answered. */
export interface Lagging {
  /**
   * Milliseconds since that server heard of its leader (`X-Consul-LastContact`); Infinity where it knows of none
   * (https://developer.hashicorp.com/consul/api-docs/features/consistency).
   */
  lagMs: number;
}

/** Names of services in the catalog, with the union of the tags of their instances. */
export interface ServiceNames extends AclHints, Indexed, Lagging {
  names: Map<string, string[]>;
}

/** The instances of one service with their health, however its name is written. */
export interface ServiceHealth extends AclHints, Indexed, Lagging {
  instances: InstanceHealth[];
}

/** The checks of every service and node. */
export interface Checks extends AclHints, Indexed, Lagging {
  checks: Check[];
}

/** Every node; its index moves with nodes alone, not with what they carry. */
export interface Nodes extends AclHints, Indexed, Lagging {
  nodes: CatalogNode[];
}

/** The instances of one service, on whatever node. */
export interface ServiceInstances extends AclHints {
  instances: ServiceInstance[];
}

/** Operations of `/v1/txn` (https://developer.hashicorp.com/consul/api-docs/txn); `cas` with index 0 creates only. */
export type Operation =
  | { verb: 'cas'; node: NodeBody; index: number }
  | { verb: 'cas'; on: string; service: ServiceBody; index: number }
  | { verb: 'delete-cas'; on: string; service: Pick<CatalogService, 'ID' | 'Service'>; index: number };

/** Why one operation failed: somebody else wrote first, the token may not, or Consul refuses the value. */
export interface OperationFailure {
  reason: 'stale' | 'denied' | 'rejected';
  message: string;
}

/** What a call authenticates itself and its server with. */
export interface Credentials {
  token?: Secret;
  /** CA certificates in PEM; without them the system's. */
  ca?: string;
}

/** Where credentials come from. Both may be asked by many calls at once. */
export interface CredentialSource {
  current(deadline: Deadline): Promise<Credentials>;
  /**
   * After `refused` were answered with a 403 or did not verify the server: others to try once, or undefined where there
   * are none.
   */
  renew(refused: Credentials, deadline: Deadline): Promise<Credentials | undefined>;
}
