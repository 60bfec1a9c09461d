import type { Consul } from '../../consul/client.ts';
import type { Logger } from '../../core/logger.ts';
import type { AwsRoute, ConsulSource, ProxyConfig } from '../config.ts';
import { createSourceMetrics } from '../told/metrics.ts';
import { mergeRoutes } from './consul-routes.ts';
import { type RunningSource, startConsulSource } from './consul-source.ts';
import { warningsOnce } from './warnings.ts';
import type { ServedConfig } from '../serving.ts';

interface Follower {
  readonly logger: Logger;
  readonly connect: (source: ConsulSource) => Consul;
  /** Told of a file with all routes whenever either changes. */
  readonly onChange: (config: ServedConfig) => void;
}

/** A Consul that is followed. */
interface Followed {
  readonly source: ConsulSource;
  readonly consul: Consul;
  readonly running: RunningSource;
}

/** The routes of a file, and beside them those of the Consul that it names. */
export class FollowedRoutes {
  readonly #follower: Follower;
  readonly #warn: ReturnType<typeof warningsOnce>;
  #config: ServedConfig | undefined;
  #ofConsul: readonly AwsRoute[] = [];
  #followed: Followed | undefined;
  /** Of Consul, while it is followed. */
  readonly metrics = createSourceMetrics(
    () => new Map(this.#followed ? [['consul', this.#followed.running.state()]] : []),
  );

  constructor(follower: Follower) {
    this.#follower = follower;
    this.#warn = warningsOnce(follower.logger);
  }

  /**
   * Goes over to another file. Where it names Consul otherwise, the routes from there stay until the new one has answered.
   */
  follow({ consul, ...config }: ProxyConfig): void {
    this.#config = config;
    if (consul === undefined) this.#ofConsul = [];
    if (!isSameSource(this.#followed?.source, consul)) {
      this.close();
      this.#followed = consul && this.#start(consul);
    }
    this.#tell();
  }

  /** Resolves when Consul has answered once, or has had the time for it. */
  async ready(): Promise<void> {
    await this.#followed?.running.ready;
  }

  close(): void {
    this.#followed?.running.close();
    this.#followed?.consul.close();
    this.#followed = undefined;
  }

  #start(source: ConsulSource): Followed {
    const { logger, connect } = this.#follower;
    const consul = connect(source);
    const onRoutes = (routes: readonly AwsRoute[]): void => {
      this.#ofConsul = routes;
      this.#tell();
    };
    return {
      source,
      consul,
      running: startConsulSource(source, consul, { onRoutes, logger }),
    };
  }

  #tell(): void {
    if (!this.#config) return;
    const { routes, warnings } = mergeRoutes(this.#config.routes, this.#ofConsul);
    this.#warn(warnings);
    this.#follower.onChange({ ...this.#config, routes });
  }
}

/** Tokens are compared too, which JSON does not show. */
function isSameSource(left: ConsulSource | undefined, right: ConsulSource | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  const token = ({ settings }: ConsulSource): string | undefined => settings.token?.reveal();
  return token(left) === token(right) && JSON.stringify(left) === JSON.stringify(right);
}
