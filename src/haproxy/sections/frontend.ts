import type { Configuration, Frontend } from '../model.ts';
import { routingLines } from './routing.ts';
import { bindLines, section, sorted } from './section.ts';

/** HAProxy takes at most 64 words a line. */
const networksPerLine = 50;

/** The public listener: where it listens, what it tells servers of the client, and which backend a request goes to. */
export function frontendSection({ frontend, services }: Configuration): string {
  return section('frontend fe_http', [
    ...bindLines(frontend.binds),
    ...(frontend.tls
      ? bindLines(frontend.tls.binds, ` ssl crt ${frontend.tls.certificate} alpn h2,http/1.1`)
      : []),
    ...forwardingLines(frontend),
    ...routingLines(services.flatMap(({ routes }) => routes)),
  ]);
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
