/** What an operator says of Docker: the section `docker` of the file. */
export interface DockerOptions {
  /** Labels are `<prefix>.<key>`. */
  readonly labelPrefix: string;
  /** Whether Cosmonaut's variables count, in containers without labels of ours. */
  readonly env: boolean;
  /** Only containers count whose name holds it, in any case; empty: all. */
  readonly keyword: string;
  /** The network whose address is taken; empty: the first by name that has one. */
  readonly network: string;
  /** The address of containers on the host's network. */
  readonly hostAddress: string;
  /** The route of services that ask for none, with `{service}` in it; empty: those are left out. */
  readonly host: string;
  /** How often everything is read anew, whatever events say, in milliseconds. */
  readonly resyncMs: number;
}
