import { addressKind, isEveryAddress, isLoopback } from '../core/network/addresses.ts';
import { tellsTls } from '../haproxy/model.ts';
import type { AgentConfig } from './config.ts';
import type { ModelRules } from './model/merge.ts';

/**
 * What the configuration says of the model.
 * @param localAddresses those of the host that HAProxy is on, IPv6 without brackets
 */
export function modelRules(
  config: Pick<
    AgentConfig,
    'binds' | 'tls' | 'trustedProxies' | 'haproxy' | 'lambda' | 'pages' | 'serviceDefaults' | 'services'
  >,
  localAddresses: ReadonlySet<string>,
): ModelRules {
  const { tls, haproxy, pages } = config;
  const binds = [...config.binds, ...(tls?.binds ?? []), ...(haproxy.stats.bind ? [haproxy.stats.bind] : [])];
  return {
    defaults: config.serviceDefaults,
    overrides: config.services,
    lambda: config.lambda,
    knowsTls: tellsTls(config),
    ownPaths: [...(pages.metrics ? ['/metrics'] : []), ...(pages.stats ? ['/stats'] : [])],
    isOwn: (address, port) => {
      const isHere = isLoopback(address) || localAddresses.has(address);
      const isLocalName = isLoopback(address) && addressKind(address) === 'name';
      const leadsTo = (bind: string): boolean =>
        bind === address || (isHere && isEveryAddress(bind)) || (isLocalName && isLoopback(bind));
      return binds.some((bind) => bind.port === port && leadsTo(bind.address));
    },
  };
}
