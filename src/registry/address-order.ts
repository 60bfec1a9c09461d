import ipaddr from 'ipaddr.js';
import { type AddressKind, addressKind } from '../haproxy/addresses.ts';

const ranks: Readonly<Record<AddressKind, number>> = { ipv4: 0, ipv6: 1, name: 2 };

/**
 * Orders two addresses in normal form: IPv4, IPv6, names; addresses by their number, names by their bytes.
 * @returns below 0 when `left` comes first, 0 when they are one
 */
export function compareAddresses(left: string, right: string): number {
  const kind = addressKind(left);
  const byKind = ranks[kind] - ranks[addressKind(right)];
  if (byKind !== 0) return byKind;
  return Buffer.compare(bytesOf(left, kind), bytesOf(right, kind));
}

function bytesOf(address: string, kind: AddressKind): Buffer {
  return Buffer.from(kind === 'name' ? address : ipaddr.parse(address).toByteArray());
}
