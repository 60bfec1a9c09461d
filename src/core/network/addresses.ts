import ipaddr from 'ipaddr.js';
import { type Checked, accepted, checkNumber, refused } from '../checked.ts';
import { canonicalIpv6, isHostName, isIpv4 } from './hosts.ts';

/** An address to listen on or to speak to. An empty address means every local IPv4 address. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What an address of a server is; the check says which addresses no server can have. */
export type AddressKind = 'ipv4' | 'ipv6' | 'name';

/** Ranges that no server is reached at, as ipaddr.js and as RFC 6890 and RFC 5771 call them. */
const unusable: ReadonlyMap<string, string> = new Map([
  ['unspecified', 'unspecified'],
  ['linkLocal', 'link-local'],
  ['multicast', 'multicast'],
  ['broadcast', 'broadcast'],
]);

/** Any address: IPv4, IPv6 with or without brackets, or a host name; the value is its normal form, without brackets. */
export function checkAddress(text: string): Checked<string> {
  const address = canonicalAddress(text);
  return address === undefined
    ? refused('an IPv4 address, an IPv6 address or a host name', text)
    : accepted(address);
}

/**
 * Addresses of servers: IPv4, IPv6 with or without brackets, or a host name. The value is the normal form: names in lower
 * case without a final dot, IPv6 as RFC 5952 writes it, without brackets. Refused: unspecified, link-local, multicast and
 * broadcast addresses, IPv4 inside IPv6 included.
 */
export function checkServerAddress(text: string): Checked<string> {
  const address = checkAddress(text);
  const kind = address.ok ? unusable.get(rangeOf(address.value)) : undefined;
  return kind === undefined
    ? address
    : refused(`an address that a server can have, none that is ${kind}`, text);
}

/** The kind of an address that a check accepted. */
export function addressKind(address: string): AddressKind {
  if (address.includes(':')) return 'ipv6';
  return isIpv4(address) ? 'ipv4' : 'name';
}

const ranks: Readonly<Record<AddressKind, number>> = { ipv4: 0, ipv6: 1, name: 2 };

/**
 * Orders two accepted addresses: IPv4, IPv6, names; addresses by their number, names by their bytes.
 * @returns below 0 when `left` comes first, 0 when they are one
 */
export function compareAddresses(left: string, right: string): number {
  const kind = addressKind(left);
  const byKind = ranks[kind] - ranks[addressKind(right)];
  return byKind === 0 ? Buffer.compare(bytesOf(left, kind), bytesOf(right, kind)) : byKind;
}

function bytesOf(address: string, kind: AddressKind): Buffer {
  return Buffer.from(kind === 'name' ? address : ipaddr.parse(address).toByteArray());
}

/** Whether an accepted address is this host itself: 127.0.0.0/8, `::1`, those inside IPv6, and `localhost` (RFC 6761). */
export function isLoopback(address: string): boolean {
  return rangeOf(address) === 'loopback' || /(^|\.)localhost$/.test(address);
}

/** Whether an accepted address to listen on stands for all of this host. */
export function isEveryAddress(address: string): boolean {
  return ['', '0.0.0.0', '::'].includes(address);
}

/** Networks such as `10.0.0.0/8`, `2001:db8::/32`, or a single address; the value is the normal form (RFC 4632, RFC 4291). */
export function checkCidr(text: string): Checked<string> {
  const [, network = '', , bits] = /^([^/]*)(\/([0-9]{1,3}))?$/.exec(text) ?? [];
  const address = network.startsWith('[') ? undefined : canonicalAddress(network);
  const kind = address === undefined ? 'name' : addressKind(address);
  const widest = kind === 'ipv4' ? 32 : 128;
  if (address === undefined || kind === 'name' || Number(bits ?? 0) > widest) {
    return refused('a network such as 10.0.0.0/8 or 2001:db8::/32', text);
  }
  return accepted(bits === undefined ? address : `${address}/${Number(bits)}`);
}

/** Where to listen: `:80`, `*:80`, `127.0.0.1:80`, `[::1]:80`; the value of `*` is the empty address. */
export function checkBind(text: string): Checked<Endpoint> {
  const endpoint = splitEndpoint(text.replace(/^\*:/, ':'));
  return endpoint !== undefined && (endpoint.address === '' || addressKind(endpoint.address) !== 'name')
    ? accepted(endpoint)
    : refused('an address and a port such as :80, 127.0.0.1:80 or [::1]:80', text);
}

/** Where a program itself listens: as {@link checkBind}, and port 0 lets the system choose. */
export function checkListen(text: string): Checked<Endpoint> {
  const [, address] = /^(.*):0$/.exec(text) ?? [];
  const bind = checkBind(address === undefined ? text : `${address}:1`);
  if (!bind.ok) return refused('an address and a port such as :3000, 127.0.0.1:3000 or [::1]:3000', text);
  return accepted(address === undefined ? bind.value : { ...bind.value, port: 0 });
}

/** Servers: an address that {@link checkServerAddress} takes and a port, as `127.0.0.1:8080` or `proxy:8080`. */
export function checkServer(text: string): Checked<Endpoint> {
  const endpoint = splitEndpoint(text);
  return endpoint !== undefined && endpoint.address !== '' && checkServerAddress(endpoint.address).ok
    ? accepted(endpoint)
    : refused('the address or name of a server and a port such as 127.0.0.1:8080', text);
}

/** Whom to speak to: `127.0.0.1:514`, `[::1]:514`; no name, since HAProxy does not start while one does not resolve. */
export function checkEndpoint(text: string): Checked<Endpoint> {
  const endpoint = splitEndpoint(text);
  return endpoint !== undefined && endpoint.address !== '' && addressKind(endpoint.address) !== 'name'
    ? accepted(endpoint)
    : refused('an IP address and a port such as 127.0.0.1:514', text);
}

/**
 * Name servers: `10.0.0.2`, `10.0.0.2:5353`, `2001:db8::1`, `[2001:db8::1]:5353`. Without a port it is 53 (RFC 1035 section
 * 4.2).
 */
export function checkNameserver(text: string): Checked<Endpoint> {
  const address = canonicalAddress(text);
  const isIp = address !== undefined && addressKind(address) !== 'name';
  const endpoint = checkEndpoint(isIp ? endpointText({ address, port: 53 }) : text);
  return endpoint.ok ? endpoint : refused('an IP address, with or without a port, such as 10.0.0.2', text);
}

/** TCP and UDP ports: whole numbers from 1 to 65535. */
export function checkPort(value: number): Checked<number> {
  return checkNumber(value, 1, 65_535);
}

/** `address:port` with IPv6 in brackets, as HAProxy and URLs write it. */
export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function canonicalAddress(text: string): string | undefined {
  if (isIpv4(text)) return text;
  if (text.includes(':')) return canonicalIpv6(/^\[(.*)\]$/.exec(text)?.[1] ?? text);
  const name = text.toLowerCase().replace(/\.$/, '');
  return isHostName(name) ? name : undefined;
}

/** The range that an accepted address lies in, for IPv4 inside IPv6 the range of that; `name` for names. */
function rangeOf(address: string): string {
  if (addressKind(address) === 'name') return 'name';
  const parsed = ipaddr.parse(address);
  const ip = parsed instanceof ipaddr.IPv6 ? (embeddedIpv4(parsed) ?? parsed) : parsed;
  return ip.range();
}

/**
 * The IPv4 address inside `::ffff:a.b.c.d` and the deprecated `::a.b.c.d` (RFC 4291 section 2.5.5); `::`, `::1` and what
 * is as short as they are hold none.
 */
function embeddedIpv4(ip: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const isCompatible = ip.parts.slice(0, 6).every((part) => part === 0) && ip.parts[6] !== 0;
  if (!isCompatible && !ip.isIPv4MappedAddress()) return undefined;
  return new ipaddr.IPv4(ip.toByteArray().slice(12));
}

function splitEndpoint(text: string): Endpoint | undefined {
  const [, host = '', port = ''] = /^(.*):([0-9]{1,5})$/.exec(text) ?? [];
  const address = host.includes(':') && !host.startsWith('[') ? undefined : host && canonicalAddress(host);
  return address !== undefined && checkPort(Number(port)).ok ? { address, port: Number(port) } : undefined;
}
