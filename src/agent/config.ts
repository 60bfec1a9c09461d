import * as z from 'zod';
import { checkDockerAddress } from '../config/docker-address.ts';
import { checkedText, logLevel } from '../config/fields.ts';
import { configError, type Environment, optional, readPresent, withDefault } from '../config/options.ts';
import { checkHttpUrl } from '../config/place-fields.ts';
import { readYamlFile } from '../config/yaml/file.ts';
import type { LogLevel } from '../core/logger.ts';
import type { Endpoint } from '../core/network/addresses.ts';
import type { Secret } from '../core/secret.ts';
import { overlayEnvironment } from './file/environment.ts';
import { checkPassword } from './file/fields.ts';
import { type AgentFile, agentFile } from './file/schema.ts';
import { docker } from './file/sources.ts';

/** Where services are read, each where it is named. */
type Sources = AgentFile['sources'];
type CloudMapSource = NonNullable<Sources['cloud_map']> & {
  /** Where Cloud Map is instead of in the region, then without a prefix of its host. */
  readonly endpoint: string | undefined;
  /** File of certificate authorities to trust in place of the usual ones. */
  readonly caFile: string | undefined;
};
type ConsulSource = NonNullable<Sources['consul']>;
type DockerSource = NonNullable<Sources['docker']>;
type FileSource = NonNullable<Sources['file']>;

/** Where Docker's state is sent. */
interface Push extends Omit<AgentFile['push'], 'url' | 'table'> {
  readonly url: string;
  readonly table: string;
  /** Whose state it is, also where Docker is no source. */
  readonly docker: DockerSource;
  /** To sign for, where the URL names none. */
  readonly region: string | undefined;
}

/** Everything that an agent is told, read and checked. Times in milliseconds. */
export interface AgentConfig extends Pick<
  AgentFile,
  'tls' | 'lambda' | 'services' | 'haproxy' | 'apply' | 'guard' | 'health' | 'admin'
> {
  readonly binds: readonly Endpoint[];
  /** Networks of load balancers, whose X-Forwarded-For is kept and whose X-Forwarded-Proto is believed. */
  readonly trustedProxies: readonly string[];
  /** None where a registry answers for all. */
  readonly sources: {
    readonly cloudMap: CloudMapSource | undefined;
    readonly consul: ConsulSource | undefined;
    readonly docker: DockerSource | undefined;
    readonly file: FileSource | undefined;
  };
  readonly push: Push | undefined;
  readonly routing: Omit<AgentFile['routing'], 'statsPaths'>;
  readonly serviceDefaults: AgentFile['service_defaults'];
  /** HAProxy's pages on the main listener: each is there with its password. */
  readonly pages: {
    /** `/metrics`, for the user `stats`. */
    readonly metrics: Secret | undefined;
    /** `/stats`, for the user `stats_user`. */
    readonly stats: Secret | undefined;
  };
  readonly logLevel: LogLevel;
}

const endpoint = checkedText(checkHttpUrl);
const password = checkedText(checkPassword);

/** What the environment says and the file cannot. */
export const agentOptions = {
  serviceEndpoint: optional('AWS_ENDPOINT_URL_SERVICEDISCOVERY', endpoint, 'where Cloud Map is'),
  endpoint: optional('AWS_ENDPOINT_URL', endpoint, 'where AWS is'),
  caFile: optional(
    'AWS_CA_BUNDLE',
    z.string(),
    'certificate authorities of AWS in PEM, by the name of a file',
  ),
  metricsPassword: optional('PROM_PASSWD', password, '`/metrics` on the main listener, for the user `stats`'),
  statsPassword: optional(
    'STATS_PASSWD',
    password,
    '`/stats` on the main listener, for the user `stats_user`',
  ),
  logLevel: withDefault('LOG_LEVEL', logLevel, 'info', 'least level that is logged'),
};

/**
 * Reads the agent's environment and its file, and the files that they name for Consul and the admin listener. What the
 * environment says stands over what the file says.
 * @param text of the file; undefined where there is none
 * @param file its name, for messages
 * @throws AppError CONFIG_INVALID with every problem, each `<file>:<line>: <key>: <what is expected>` or
 *   `<variable>: <what is expected>`
 */
export function readAgentConfig(
  text: string | undefined,
  file: string,
  env: Environment,
): { config: AgentConfig; warnings: readonly string[] } {
  const around = readPresent(agentOptions, env);
  const read = readYamlFile(text ?? '', file, agentFile, (values) => {
    const over = overlayEnvironment(values, env, text !== undefined);
    const problems = around.problems.map(({ variable, words }) => `${variable}: ${words}`);
    return { ...over, problems: [...over.problems, ...problems] };
  });
  const { bind, trusted_proxies: trustedProxies, sources, push, routing, ...rest } = read.value;
  const { service_defaults: serviceDefaults, ...keys } = rest;
  const { statsPaths, ...ways } = routing;
  const { values } = around;
  // Where a registry answers for all, no source says what is served.
  const { cloud_map: cloudMap, ...others } = push.apply ? {} : sources;
  const config: AgentConfig = {
    ...keys,
    binds: bind,
    trustedProxies,
    sources: {
      cloudMap: cloudMap && {
        ...cloudMap,
        endpoint: values.serviceEndpoint ?? values.endpoint,
        caFile: values.caFile,
      },
      consul: others.consul,
      docker: others.docker,
      file: others.file,
    },
    push: pushOf(push, sources.docker, env),
    routing: ways,
    serviceDefaults,
    pages: {
      metrics: statsPaths ? values.metricsPassword : undefined,
      stats: statsPaths ? values.statsPassword : undefined,
    },
    logLevel: values.logLevel ?? 'info',
  };
  return { config, warnings: read.warnings };
}

function pushOf(
  { url, table, ...keys }: AgentFile['push'],
  source: DockerSource | undefined,
  env: Environment,
): Push | undefined {
  if (url === undefined || table === undefined) return undefined;
  const region = env['AWS_REGION'] || undefined;
  return { ...keys, url, table, region, docker: source ?? usualDocker(env['DOCKER_HOST'] || undefined) };
}

/** Docker as it is where the file does not name it. */
function usualDocker(address: string | undefined): DockerSource {
  const usual = docker.parse({});
  if (address === undefined) return usual;
  const checked = checkDockerAddress(address);
  if (!checked.ok) throw configError([`DOCKER_HOST: ${checked.problem}`]);
  return { ...usual, address: checked.value };
}
