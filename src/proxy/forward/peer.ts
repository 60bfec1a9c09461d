import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import { canonicalIpv6, isIpv4 } from '../../core/network/hosts.ts';

/** Whether an address in its normal form is one of those whose `x-forwarded-*` are believed. */
export type IsTrusted = (address: string) => boolean;

/** @param networks addresses and networks in their normal form */
export function trustOf(networks: readonly string[]): IsTrusted {
  const ranges = networks.map((network) =>
    ipaddr.parseCIDR(network.includes('/') ? network : single(network)),
  );
  if (ranges.length === 0) return () => false;
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    const ip = ipaddr.process(address);
    return ranges.some(([network, bits]) => network.kind() === ip.kind() && ip.match(network, bits));
  };
}

function single(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

/** The address of who is at the other end; IPv4 inside IPv6 as IPv4. */
export function peerAddress({ remoteAddress = '' }: Socket): string {
  return remoteAddress.startsWith('::ffff:') && remoteAddress.includes('.')
    ? remoteAddress.slice(7)
    : remoteAddress;
}

/**
 * Who the request comes from: the peer, or, where that is trusted, the last address of `x-forwarded-for` that is not. The
 * list is believed as far as trusted proxies wrote it: what is no address ends it, and the hop before that counts.
 * @param forwardedFor what the client sent
 */
export function sourceOf(
  peer: string,
  forwardedFor: string | string[] | undefined,
  isTrusted: IsTrusted,
): string {
  if (forwardedFor === undefined || !isTrusted(peer)) return peer;
  const hops = [forwardedFor]
    .flat()
    .join(',')
    .split(',')
    .filter((hop) => hop.trim() !== '');
  let source = peer;
  while (isTrusted(source)) {
    const address = addressOf(hops.pop()?.trim() ?? '');
    if (address === undefined) break;
    source = address;
  }
  return source;
}

/** The address of a hop in its normal form, IPv4 inside IPv6 as IPv4, without the port that some proxies add. */
function addressOf(hop: string): string | undefined {
  const [, literal, ipv4] = /^(?:\[([^\]]*)\]|([0-9.]+))(?::[0-9]{1,5})?$/.exec(hop) ?? [];
  if (ipv4 !== undefined) return isIpv4(ipv4) ? ipv4 : undefined;
  const ipv6 = canonicalIpv6(literal ?? hop);
  return ipv6 === undefined ? undefined : withoutMapping(ipv6);
}

function withoutMapping(ipv6: string): string {
  const ip = ipaddr.process(ipv6);
  return ip.kind() === 'ipv4' ? ip.toString() : ipv6;
}
