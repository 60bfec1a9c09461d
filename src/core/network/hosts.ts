/** The strict forms in which hosts are written, wherever somebody names one. */

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const ipv4Pattern = new RegExp(`^${octet}(\\.${octet}){3}$`);

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

/**
 * The IPv6 address as RFC 5952 writes it, without brackets; undefined when it is none (those with a zone included). The
 * parser of URLs is the strict one here: it takes dotted ends without leading zeros alone
 * (https://url.spec.whatwg.org/#concept-ipv6-parser).
 */
export function canonicalIpv6(text: string): string | undefined {
  if (!/^[0-9A-Fa-f:.]{2,45}$/.test(text)) return undefined;
  const url = `http://[${text}]/`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : undefined;
}
