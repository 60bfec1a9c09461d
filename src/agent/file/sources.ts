import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { consulKeys, consulSettings, hasOneToken, placeOf, tokenTwice } from '../../config/consul-file.ts';
import { checkDockerAddress } from '../../config/docker-address.ts';
import { checkedText, oneOf } from '../../config/fields.ts';
import { besideOtherProblems, count, longDuration, optionalText } from '../../config/file-fields.ts';
import { checkHttpUrl, domain, fileName, region } from '../../config/place-fields.ts';
import { matching } from '../../core/checked.ts';
import { checkAddress } from '../../core/network/addresses.ts';
import { flag, hostTemplate, word } from './fields.ts';

const second = 1000;

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateHttpNamespace.html (Name) */
const namespaceName = checkedText((text) =>
  matching(text, /^[!-~]{1,1024}$/, 'the name of a namespace: printable characters without blanks'),
);

const namespace = z
  .object({
    namespace: namespaceName,
    domain: domain.default(''),
    mode: oneOf(['host', 'path']).default('host'),
    owner_account: word(/^\d{12}$/, 'an account of 12 digits'),
    default_port: count(0, 65_535).default(0),
  })
  .refine(({ domain, mode }) => mode === 'path' || domain !== '', {
    error: 'is required, unless mode is path',
    path: ['domain'],
    ...besideOtherProblems,
  })
  .transform(({ owner_account: ownerAccount, default_port: defaultPort, ...keys }) => ({
    ...keys,
    ownerAccount,
    /** 0: instances without a port are left out. */
    defaultPort,
  }));

/** What is read of Cloud Map, times in milliseconds. */
export const cloudMap = z
  .object({
    region: region,
    namespaces: z.array(namespace).min(1, 'must name at least one namespace'),
    refresh: longDuration(second).default(60 * second),
    health_refresh: longDuration(second).default(60 * second),
    services_refresh: longDuration(0).default(0),
    api: oneOf(['auto', 'list']).default('auto'),
  })
  .refine(({ region }) => region !== undefined, {
    error: 'is required',
    path: ['region'],
    ...besideOtherProblems,
  })
  .transform(({ region = '', namespaces, refresh, health_refresh, services_refresh, api }) => ({
    region,
    namespaces,
    refreshMs: refresh,
    healthRefreshMs: Math.max(refresh, health_refresh),
    servicesRefreshMs: services_refresh,
    api,
  }));

/** Names of services, or patterns with `*`. */
const serviceGlob = checkedText((text) =>
  matching(text, /^[^\s\p{Cc}]{1,256}$/u, 'the name of a service, or a pattern with * and ?'),
);

/** What is read of Consul's catalog. */
export const consul = z
  .object({
    ...consulKeys('sources.consul', (file) => readFileSync(file, 'utf8')),
    services: z.array(serviceGlob).default(['*']),
    host: hostTemplate,
    warning: oneOf(['keep', 'drain']).default('keep'),
    stale: flag.default(true),
    max_connections: count(4, 10_000).default(64),
  })
  .refine(hasOneToken, tokenTwice)
  .transform((keys) => ({
    settings: consulSettings(keys),
    place: placeOf(keys),
    services: keys.services,
    host: keys.host,
    warning: keys.warning,
    stale: keys.stale,
    maxConnections: keys.max_connections,
  }));

/** What is read of Docker, times in milliseconds. */
export const docker = z
  .object({
    address: checkedText(checkDockerAddress).prefault('unix:///var/run/docker.sock'),
    label_prefix: checkedText((text) =>
      matching(
        text,
        /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/,
        'the beginning of labels: letters, digits, ., _, - and /',
      ),
    ).default('lambda-registrator'),
    env: flag.default(true),
    keyword: z.string().default(''),
    network: checkedText((text) =>
      matching(text, /^([A-Za-z0-9][A-Za-z0-9_.-]{0,255})?$/, 'the name of a network'),
    ).default(''),
    host_address: checkedText(checkAddress).default('127.0.0.1'),
    host: hostTemplate,
    resync: longDuration(second).default(60 * second),
  })
  .transform(({ label_prefix, host_address, resync, ...keys }) => ({
    ...keys,
    labelPrefix: label_prefix,
    hostAddress: host_address,
    resyncMs: resync,
  }));

/** Where services are written down by hand. */
export const file = z.object({ path: fileName.default('services.yaml') });

/** Docker's state, sent to a registry. */
export const push = z
  .object({
    url: optionalText(checkHttpUrl),
    table: word(/^[\x21-\x7e]{1,256}$/, 'the name of a table'),
    host: word(/^[\x21-\x7e]{1,256}$/, 'the name of this host'),
    auth: oneOf(['iam', 'none']).default('iam'),
    apply: flag.default(false),
    keyword: z.string().default(''),
  })
  .refine(({ url, apply }) => url !== undefined || !apply, {
    error: 'is required where apply is true',
    path: ['url'],
    ...besideOtherProblems,
  })
  .refine(({ url, table }) => url === undefined || table !== undefined, {
    error: 'is required where url is given',
    path: ['table'],
    ...besideOtherProblems,
  });
