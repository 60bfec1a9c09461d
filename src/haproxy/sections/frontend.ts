import type { Configuration, Frontend } from '../model.ts';
import { modeLines } from './base.ts';
import { redirectLines } from './redirect.ts';
import { bindLines, linesFor, section, sorted } from './section.ts';
import type { Routing } from './routing.ts';
import { pageBackends, pageLines } from './stats.ts';

/** HAProxy takes at most 64 words a line. */
const networksPerLine = 50;

/** The public listener: where it listens, what it tells servers of the client, and which backend a request goes to. */
export function frontendSection(model: Configuration, routing: Routing): string {
  const { frontend, own } = model;
  return section('frontend fe_http', [
    ...modeLines(model),
    ...(own?.base === undefined ? [] : ['option idle-close-on-response']),
    // In force for both sides, whatever `defaults` and backends say.
    ...(frontend.noDelay === true ? ['option http-no-delay'] : []),
    ...bindLines(frontend.binds),
    ...tlsLines(frontend),
    ...forwardingLines(frontend),
    ...(frontend.tls?.redirect === true ? redirectLines(frontend) : []),
    ...pageLines(frontend),
    ...(own?.frontend ?? []),
    ...routing.rules,
    ...pageBackends(frontend),
    ...routing.backends,
  ]);
}

/** Where the listener speaks TLS, and for how long browsers shall speak nothing else to it. */
function tlsLines({ tls }: Frontend): string[] {
  if (tls === undefined) return [];
  return [
    ...bindLines(tls.binds, ` ssl crt ${tls.certificate} alpn h2,http/1.1`),
    ...linesFor(tls.hsts, (seconds) => [
      `http-after-response set-header Strict-Transport-Security max-age=${seconds} if { ssl_fc }`,
    ]),
  ];
}

/**
 * X-Forwarded-For and X-Forwarded-Proto as this proxy sees the client. What arrives in their family, in Forwarded (RFC
 * 7239) and in X-Real-IP stays only when it comes from a trusted proxy, so that whatever stands there afterwards is true.
 */
function forwardingLines({ trustedProxies, tls }: Frontend): string[] {
  const networks = sorted([...new Set(trustedProxies)], (network) => network);
  const untrusted = networks.length === 0 ? '' : ' unless from_proxy';
  const known = '{ req.hdr(x-forwarded-proto) -m found }';
  return [
    ...chunks(networks, networksPerLine).map((part) => `acl from_proxy src ${part.join(' ')}`),
    `http-request del-header x-forwarded- -m beg${untrusted}`,
    `http-request del-header forwarded${untrusted}`,
    `http-request del-header x-real-ip${untrusted}`,
    'http-request add-header X-Forwarded-For %[src]',
    ...(tls ? [`http-request set-header X-Forwarded-Proto https if { ssl_fc } !${known}`] : []),
    `http-request set-header X-Forwarded-Proto http unless ${known}`,
  ];
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}
