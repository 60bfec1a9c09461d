import { addressKind, endpointText } from '../../core/network/addresses.ts';
import { rememberingEach } from '../../core/remember.ts';
import type { CheckTimes, Configuration, Service } from '../model.ts';
import { section, sorted } from './section.ts';

/** The `resolvers` section that servers given by name refer to. */
export const resolversName = 'rs_names';

/** A bound for machines whose limit of descriptors is a billion, as in containers: HAProxy would reserve memory for all. */
const mostDescriptors = 1_000_000;

/**
 * What holds for the whole process, and what every other section starts from. Of an administrator's own text nothing is
 * changed: what he may say otherwise stands before it, and what is needed in any case after it.
 */
export function baseSections(model: Configuration): string[] {
  const own = model.own?.base;
  if (own === undefined) return [globalSection(model), defaultsSection(model)];
  return [section('global', [stopLine(model.global)]), ...ownSections(own, model.global)];
}

/** Sections that somebody else wrote, and what this project itself needs in `global`. */
export function ownSections(
  text: string,
  global: Pick<Configuration['global'], 'socket' | 'stateFile'>,
): string[] {
  const needed = processLines(global);
  return [text.trimEnd(), ...(needed.length === 0 ? [] : [section('global', needed)])];
}

/** When a process that was told to stop ends its last connections. */
function stopLine({ hardStopAfter }: Configuration['global']): string {
  return `hard-stop-after ${hardStopAfter}s`;
}

/** What a section says of its mode where `defaults` are not ours. */
export function modeLines({ own }: Pick<Configuration, 'own'>): string[] {
  return own?.base === undefined ? [] : ['mode http'];
}

/** How the process is spoken to, and where it finds what it knew before. */
function processLines({
  socket,
  stateFile,
}: Pick<Configuration['global'], 'socket' | 'stateFile'>): string[] {
  return [
    ...(socket === undefined ? [] : [`stats socket ${socket} mode 600 level admin`]),
    ...(stateFile === undefined ? [] : [`server-state-file ${stateFile}`]),
  ];
}

/** What holds for the whole process: log, limits, and the least version of TLS. */
function globalSection({ global, frontend }: Configuration): string {
  return section('global', [
    ...processLines(global),
    ...(global.log === undefined ? [] : [logLine(global.log)]),
    `fd-hard-limit ${mostDescriptors}`,
    stopLine(global),
    ...(frontend.tls ? [`ssl-default-bind-options ssl-min-ver ${frontend.tls.minVersion}`] : []),
  ]);
}

/** What every frontend and backend starts from: HTTP with kept connections, retries on other servers, times, checks. */
function defaultsSection({ global, defaults }: Configuration): string {
  const { timeouts, retries, checks } = defaults;
  return section('defaults', [
    'mode http',
    ...(global.log === undefined ? [] : ['log global', 'option httplog', 'option dontlognull']),
    'option http-keep-alive',
    'option idle-close-on-response',
    'option redispatch 1',
    `retries ${retries}`,
    'http-reuse safe',
    `timeout connect ${duration(timeouts.connect)}`,
    `timeout client ${duration(timeouts.client)}`,
    `timeout server ${duration(timeouts.server)}`,
    `timeout http-request ${duration(timeouts.httpRequest)}`,
    `timeout http-keep-alive ${duration(timeouts.keepAlive)}`,
    `timeout queue ${duration(timeouts.queue)}`,
    `timeout tunnel ${duration(timeouts.tunnel)}`,
    `timeout check ${duration(timeouts.check)}`,
    `default-server ${checkOptions(checks)}`,
  ]);
}

/**
 * Whom HAProxy asks for servers that are given by name; no section without such a server, since `parse-resolv-conf` stops
 * HAProxy on a host without resolv.conf.
 */
export function resolversSections({ resolvers, services }: Configuration): string[] {
  if (!services.some(hasNamedServer)) return [];
  const nameservers = sorted(resolvers.nameservers.map(endpointText), (text) => text);
  return [
    section(`resolvers ${resolversName}`, [
      ...(nameservers.length === 0 ? ['parse-resolv-conf'] : []),
      ...nameservers.map((text, at) => `nameserver ns_${at + 1} ${text}`),
      'accepted_payload_size 8192',
      'resolve_retries 3',
      'timeout resolve 1s',
      'timeout retry 1s',
      'hold valid 10s',
    ]),
  ];
}

const hasNamedServer = rememberingEach(({ servers }: Service) =>
  servers.some(({ address }) => addressKind(address) === 'name'),
);

function logLine(log: NonNullable<Configuration['global']['log']>): string {
  return log === 'stdout' ? 'log stdout format raw local0' : `log ${endpointText(log)} local0`;
}

/** The words for times of checks. */
export function checkOptions({ interval, fastInterval, downInterval, rise, fall }: CheckTimes): string {
  return `inter ${duration(interval)} fastinter ${duration(fastInterval)} downinter ${duration(downInterval)} rise ${rise} fall ${fall}`;
}

/** A time as HAProxy writes it. */
export function duration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
