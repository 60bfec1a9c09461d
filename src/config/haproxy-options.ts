import * as z from 'zod';
import { type Endpoint, checkBind, checkEndpoint, checkNameserver } from '../core/network/addresses.ts';
import { accepted, checkFilePath } from '../core/checked.ts';
import { checkedText, commaList, networks } from './fields.ts';
import { type Option, optional, withDefault } from './options.ts';

const binds: z.ZodType<Endpoint[], string> = commaList.pipe(z.array(checkedText(checkBind)));
const nameservers: z.ZodType<Endpoint[], string> = commaList.pipe(z.array(checkedText(checkNameserver)));

type LogTarget = Endpoint | 'stdout' | undefined;

const logTarget: z.ZodType<LogTarget, string> = checkedText<LogTarget>((target) => {
  if (target === '') return accepted(undefined);
  return target === 'stdout' ? accepted(target) : checkEndpoint(target);
});

/** An option whose empty text switches it off. */
function orEmpty<Value>(option: Option<Value>): Option<Value> {
  return { ...option, emptyCounts: true };
}

/** What a generated HAProxy configuration says apart from its services. */
export const haproxyOptions = {
  binds: withDefault('BIND', binds, ':80', 'comma list of addresses where HAProxy listens for HTTP'),
  tlsBinds: withDefault('TLS_BIND', binds, '', 'comma list of addresses where HAProxy listens for HTTPS'),
  certificate: optional(
    'TLS_CERT',
    checkedText(checkFilePath),
    "PEM file, or directory of them, on HAProxy's host; required with `TLS_BIND`",
  ),
  statsBinds: orEmpty(
    withDefault(
      'STATS_BIND',
      binds,
      '127.0.0.1:8404',
      'comma list of addresses of `/stats` and `/metrics`; empty: none',
    ),
  ),
  log: orEmpty(
    withDefault(
      'LOG',
      logTarget,
      '127.0.0.1:514',
      'where the access log goes: IP address and port of a syslog server, or `stdout`; empty: nowhere',
    ),
  ),
  trustedProxies: withDefault(
    'TRUSTED_PROXIES',
    commaList.pipe(networks),
    '',
    'comma list of networks whose X-Forwarded-For is kept and whose X-Forwarded-Proto is believed',
  ),
  nameservers: withDefault(
    'NAMESERVERS',
    nameservers,
    '',
    "comma list of name servers, `address[:port]`, for containers given by name; empty: those of resolv.conf on HAProxy's host, which must exist",
  ),
};
