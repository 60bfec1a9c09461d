/** How a container is run. */
export interface RunOptions {
  name: string;
  labels?: Readonly<Record<string, string>>;
  /** `NAME=value` each. */
  env?: readonly string[];
  /** Ports of the image, `80/tcp`. */
  exposed?: readonly string[];
  /** `80/tcp` to places of the host. */
  published?: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[]>>;
  /** Addresses by network; IPv6 are those with a colon. */
  networks?: Readonly<Record<string, string>>;
  networkMode?: string;
  stopSignal?: string;
  stopTimeout?: number;
  /** With a health check, what it says at first. */
  health?: 'starting' | 'healthy' | 'unhealthy';
}

type Status = 'created' | 'running' | 'paused' | 'restarting' | 'exited';

export interface FakeContainer extends Required<Pick<RunOptions, 'name'>> {
  readonly id: string;
  readonly options: RunOptions;
  name: string;
  status: Status;
  health: RunOptions['health'];
  networks: Record<string, string>;
  /** Milliseconds since 1970. */
  startedAt: number;
}

/** An entry of `GET /containers/json`, with what the daemon gives besides and nobody reads. */
export function listEntry(container: FakeContainer): object {
  const { id, name, status, options } = container;
  return {
    Id: id,
    Names: [`/${name}`],
    Image: 'app:1',
    ImageID: 'sha256:0000',
    Command: 'app',
    Created: 1_700_000_000,
    Ports: [],
    Labels: options.labels ?? {},
    State: status,
    Status: status === 'paused' ? 'Up 2 minutes (Paused)' : 'Up 2 minutes',
    HostConfig: { NetworkMode: networkModeOf(container) },
    NetworkSettings: { Networks: networksOf(container) },
    Mounts: [],
  };
}

/** The answer of `GET /containers/{id}/json`. */
export function inspection(container: FakeContainer): object {
  const { id, name, status, health, options } = container;
  const isUp = status === 'running' || status === 'paused' || status === 'restarting';
  const exposed = [...(options.exposed ?? []), ...Object.keys(options.published ?? {})];
  return {
    Id: id,
    Created: '2024-01-01T00:00:00.000000001Z',
    Path: 'app',
    Args: [],
    Name: `/${name}`,
    RestartCount: 0,
    State: {
      Status: status,
      Running: isUp,
      Paused: status === 'paused',
      Restarting: status === 'restarting',
      OOMKilled: false,
      Dead: false,
      Pid: isUp ? 4711 : 0,
      ExitCode: 0,
      Error: '',
      StartedAt: nanoTime(container.startedAt),
      FinishedAt: '0001-01-01T00:00:00Z',
      ...(health !== undefined && { Health: { Status: health, FailingStreak: 0, Log: [] } }),
    },
    Image: 'sha256:0000',
    HostConfig: { NetworkMode: networkModeOf(container), RestartPolicy: { Name: 'always' } },
    Mounts: [],
    Config: {
      Hostname: id.slice(0, 12),
      Env: options.env ?? null,
      Labels: options.labels ?? {},
      ...(exposed.length > 0 && { ExposedPorts: Object.fromEntries(exposed.map((port) => [port, {}])) }),
      ...(options.stopSignal !== undefined && { StopSignal: options.stopSignal }),
      ...(options.stopTimeout !== undefined && { StopTimeout: options.stopTimeout }),
    },
    NetworkSettings: {
      Bridge: '',
      Ports: portsOf(container, exposed),
      Networks: isUp ? networksOf(container) : addressless(container),
    },
  };
}

/** Docker's times have nine digits after the point. */
function nanoTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000000Z');
}

function networkModeOf({ options, networks }: FakeContainer): string {
  return options.networkMode ?? Object.keys(networks)[0] ?? 'none';
}

function portsOf({ options, status }: FakeContainer, exposed: readonly string[]): object {
  if (status !== 'running' && status !== 'paused') return {};
  return Object.fromEntries(exposed.map((port) => [port, options.published?.[port] ?? null]));
}

function networksOf({ networks, options }: FakeContainer): object {
  if (options.networkMode === 'host') return { host: endpoint('') };
  return Object.fromEntries(Object.entries(networks).map(([name, address]) => [name, endpoint(address)]));
}

function addressless({ networks }: FakeContainer): object {
  return Object.fromEntries(Object.keys(networks).map((name) => [name, endpoint('')]));
}

function endpoint(address: string): object {
  const isIpv6 = address.includes(':');
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: null,
    NetworkID: 'n'.repeat(64),
    EndpointID: '',
    Gateway: '',
    IPAddress: isIpv6 ? '' : address,
    IPPrefixLen: 16,
    IPv6Gateway: '',
    GlobalIPv6Address: isIpv6 ? address : '',
    GlobalIPv6PrefixLen: 64,
  };
}
