/** What Cloud Map holds for an account. */
export interface SandboxCloudMap {
  /** By id. */
  namespaces: Map<string, SandboxNamespace>;
  /** What was done, by the operation's id. */
  operations: Map<string, { type: string; targets: Record<string, string> }>;
  /** Instances that DiscoverInstances gives at most, whatever it is asked for. */
  largestAnswer: number;
}

export interface SandboxNamespace {
  id: string;
  arn: string;
  /** Another account's is shared by that one. */
  owner: string;
  name: string;
  httpName: string;
  type: 'HTTP' | 'DNS_PRIVATE' | 'DNS_PUBLIC';
  /** By id. */
  services: Map<string, SandboxService>;
}

export interface SandboxService {
  id: string;
  arn: string;
  name: string;
  /** Types of the DNS records that instances get. */
  records: string[];
  check: 'none' | 'custom' | 'route53';
  /** By id. */
  instances: Map<string, SandboxInstance>;
  /** Of the list of instances, not of their health. */
  revision: number;
}

export interface SandboxInstance {
  id: string;
  attributes: Record<string, string>;
  health: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';
}

export function emptyCloudMap(): SandboxCloudMap {
  return { namespaces: new Map(), operations: new Map(), largestAnswer: 1_000 };
}
