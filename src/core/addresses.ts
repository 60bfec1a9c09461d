import { type Checked, accepted, checkNumber, refused } from './checked.ts';

/** An address to listen on or to speak to. An empty address means every local IPv4 address. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What an address of a server is; the check says which addresses no server can have. */
export type AddressKind = 'ipv4' | 'ipv6' | 'name';

/** Networks that no server is reached at, by what RFC 6890 and RFC 5771 call them. */
const unusable = [
  { what: 'unspecified', pattern: /^0\./ },
  { what: 'link-local', pattern: /^169\.254\./ },
  { what: 'multicast', pattern: /^(22[4-9]|23[0-9])\./ },
  { what: 'broadcast', pattern: /^255\.255\.255\.255$/ },
  { what: 'unspecified', pattern: /^::$/ },
  { what: 'link-local', pattern: /^fe[89ab][0-9a-f]:/ },
  { what: 'multicast', pattern: /^ff[0-9a-f]{2}:/ },
];

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const ipv4Pattern = new RegExp(`^${octet}(\\.${octet}){3}$`);

/**
 * Addresses of servers: IPv4, IPv6 with or without brackets, or a host name; in normal form, without brackets. Refused:
 * unspecified, link-local, multicast and broadcast addresses, IPv4 inside IPv6 included.
 */
export function checkServerAddress(text: string): Checked<string> {
  const address = canonicalAddress(text);
  if (address === undefined) return refused('an IPv4 address, an IPv6 address or a host name', text);
  const plain = embeddedIpv4(address) ?? address;
  const kind = unusable.find(({ pattern }) => pattern.test(plain));
  return kind === undefined
    ? accepted(address)
    : refused(`an address that a server can have, none that is ${kind.what}`, text);
}

/** The kind of an address that a check accepted. */
export function addressKind(address: string): AddressKind {
  if (address.includes(':')) return 'ipv6';
  return isIpv4(address) ? 'ipv4' : 'name';
}

/** Whether an accepted address is this host itself: 127.0.0.0/8, `::1`, those inside IPv6, and `localhost` (RFC 6761). */
export function isLoopback(address: string): boolean {
  const plain = embeddedIpv4(address) ?? address;
  return plain === '::1' || (plain.startsWith('127.') && isIpv4(plain)) || /(^|\.)localhost$/.test(plain);
}

/** Networks such as `10.0.0.0/8`, `2001:db8::/32`, or a single address. */
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

/** Where to listen: `:80`, `*:80`, `127.0.0.1:80`, `[::1]:80`. */
export function checkBind(text: string): Checked<Endpoint> {
  const endpoint = splitEndpoint(text.replace(/^\*:/, ':'));
  return endpoint !== undefined && (endpoint.address === '' || addressKind(endpoint.address) !== 'name')
    ? accepted(endpoint)
    : refused('an address and a port such as :80, 127.0.0.1:80 or [::1]:80', text);
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

export function checkPort(value: number): Checked<number> {
  return checkNumber(value, 1, 65_535);
}

/** `address:port` with IPv6 in brackets, as HAProxy and URLs write it. */
export function endpointText({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

const label = '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?';
const dnsNamePattern = new RegExp(`^${label}(\\.${label})*$`);

/** Whether this is a name that the DNS holds for hosts, in lower case: labels of RFC 1123 with `_`, 253 characters at most. */
export function isDnsName(text: string): boolean {
  return text.length <= 253 && dnsNamePattern.test(text);
}

/**
 * Whether this is a host name in lower case. A last label that is a number makes an odd spelling of an IPv4 address, not
 * a name (https://url.spec.whatwg.org/#ends-in-a-number-checker).
 */
export function isHostName(text: string): boolean {
  return isDnsName(text) && !/(^|\.)([0-9]+|0x[0-9a-f]*)$/.test(text);
}

/** Whether this is an IPv4 address in the strict form of RFC 6943 section 3.1.1: four numbers without leading zeros. */
export function isIpv4(text: string): boolean {
  return ipv4Pattern.test(text);
}

/** The address as RFC 5952 writes it, without brackets; undefined when it is none (those with a zone included). */
export function canonicalIpv6(text: string): string | undefined {
  if (!/^[0-9A-Fa-f:.]{2,45}$/.test(text)) return undefined;
  const url = `http://[${text}]/`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : undefined;
}

function canonicalAddress(text: string): string | undefined {
  if (isIpv4(text)) return text;
  if (text.includes(':')) return canonicalIpv6(/^\[(.*)\]$/.exec(text)?.[1] ?? text);
  const name = text.toLowerCase().replace(/\.$/, '');
  return isHostName(name) ? name : undefined;
}

/** The IPv4 address inside `::ffff:a.b.c.d` and the deprecated `::a.b.c.d` (RFC 4291 section 2.5.5). */
function embeddedIpv4(address: string): string | undefined {
  const [, high, low] = /^::(?:ffff:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return [high, low].flatMap((word) => [parseInt(word, 16) >> 8, parseInt(word, 16) & 255]).join('.');
}

function splitEndpoint(text: string): Endpoint | undefined {
  const [, host = '', port = ''] = /^(.*):([0-9]{1,5})$/.exec(text) ?? [];
  const address = host.includes(':') && !host.startsWith('[') ? undefined : host && canonicalAddress(host);
  return address !== undefined && checkPort(Number(port)).ok ? { address, port: Number(port) } : undefined;
}
