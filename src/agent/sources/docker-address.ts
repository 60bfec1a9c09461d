import { isLoopback } from '../../core/network/addresses.ts';
import { accepted, type Checked } from '../../core/checked.ts';
import type { Container, ContainerNetwork } from '../../docker/api.ts';
import type { DockerOptions } from './docker-options.ts';

/** Where a container is reached. */
interface Reached {
  readonly address: string;
  readonly port: number | undefined;
}

/**
 * Where a container is reached at its port: at its own address on a network, IPv4 before IPv6, on the host's network at the
 * host's. What is published does not count then, so that a port published on loopback alone is reached too. Only where no
 * network gives it an address, as rootless Podman's own, it is reached where its port is published.
 * @param owner the container whose network it uses, mostly itself
 */
export function reachedAt(
  owner: Container,
  port: number | undefined,
  { network, hostAddress }: DockerOptions,
): Checked<Reached> {
  if (owner.networkMode === 'host' || owner.networks.some(({ name }) => name === 'host')) {
    return accepted({ address: hostAddress, port });
  }
  const networks = network === '' ? owner.networks : owner.networks.filter(({ name }) => name === network);
  const [address] = networks.flatMap(addressOn);
  if (address !== undefined) return accepted({ address, port });
  if (network !== '') return { ok: false, problem: `has no address on the network ${network}` };
  return publishedAt(owner, port, hostAddress);
}

function addressOn({ ipv4, ipv6 }: ContainerNetwork): string[] {
  const address = ipv4 ?? ipv6;
  return address === undefined ? [] : [address];
}

function publishedAt({ published }: Container, port: number | undefined, host: string): Checked<Reached> {
  const places = published.filter((place) => place.port === port);
  const place = places.find(({ hostAddress = host }) => !isLoopback(hostAddress) || isLoopback(host));
  if (place !== undefined) return accepted({ address: place.hostAddress ?? host, port: place.hostPort });
  const problem =
    places.length === 0
      ? 'has no address on any network'
      : 'has no address on any network, and its port is published on the loopback of another host alone';
  return { ok: false, problem };
}
