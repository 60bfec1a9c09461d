import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';

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
 * Who the request comes from: the peer, or, where that is trusted, the last address of `x-forwarded-for` that is not.
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
    .map((hop) => hop.trim())
    .filter((hop) => hop !== '');
  return hops.findLast((hop) => !isTrusted(hop)) ?? hops[0] ?? peer;
}
