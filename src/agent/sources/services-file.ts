import * as z from 'zod';
import { besideOtherProblems, checkedValue } from '../../config/file-fields.ts';
import { readYamlFile } from '../../config/yaml/file.ts';
import { accepted, refused } from '../../core/checked.ts';
import { optionKeys } from '../model/option-texts.ts';
import type { Problem, Reading, RouteClaim, SeenInstance, Sighting } from '../model/sighting.ts';

/** Values of attributes are texts; here they may be written as what they are. */
const scalar: z.ZodType<string> = checkedValue(
  (value) =>
    ['string', 'number', 'boolean'].includes(typeof value)
      ? accepted(String(value))
      : refused('a text, a number, true or false', value),
  { type: ['string', 'number', 'boolean'] },
);

const route = z
  .object({
    host: z.string().optional(),
    path: z.string().optional(),
    strip: z.boolean().optional(),
    percent: z.number().optional(),
    tls: z.boolean().optional(),
  })
  .refine(({ host, path }) => host !== undefined || path !== undefined, {
    error: 'must have a host or a path',
    ...besideOtherProblems,
  });

const server = z.object({
  id: z.string().min(1, 'must not be empty').optional(),
  address: z.string(),
  port: z.number().optional(),
  weight: scalar.optional(),
});

const service = z.object({
  name: z.string().min(1, 'must not be empty'),
  routes: z.array(route).default([]),
  servers: z.array(server).default([]),
  /** Of servers that have none of their own. */
  port: z.number().optional(),
  weight: scalar.optional(),
  ...Object.fromEntries(optionKeys.map((key) => [key, scalar.optional()])),
});

const servicesFile = z
  .object({ services: z.array(service).default([]) })
  .superRefine(({ services }, context) => {
    const names = services.map(({ name }) => name);
    for (const [at, name] of names.entries()) {
      if (names.indexOf(name) < at)
        context.addIssue({ code: 'custom', message: 'is given already', path: ['services', at, 'name'] });
    }
  });

type ServiceKeys = z.output<typeof servicesFile>['services'][number];
type ServerKeys = ServiceKeys['servers'][number];

/**
 * What a file of services tells. Hosts, addresses and options are judged as those of every source; what makes no sense of
 * the file as a whole makes nothing of it be believed.
 * @param file its name, for messages
 * @throws AppError CONFIG_INVALID with every problem, each on a line `<file>:<line>: <key>: <what is expected>`
 */
export function readServicesFile(text: string, file: string): Reading {
  const { value, warnings } = readYamlFile(text, file, servicesFile);
  return {
    sightings: new Map(value.services.map((keys) => [keys.name, sightingOf(keys)])),
    unread: new Set(),
    isWhole: true,
    problems: warnings.map((message): Problem => ({
      source: 'file',
      service: undefined,
      instance: undefined,
      message,
    })),
  };
}

function sightingOf({ name, routes, servers, port, weight, ...options }: ServiceKeys): Sighting {
  return {
    service: name,
    instances: servers.map((server) => instanceOf({ port, weight, ...withoutGaps(server) } as ServerKeys)),
    attributes: withoutGaps<string>(options),
    fallback: routes.map((route) => withoutGaps<unknown>(route) as RouteClaim),
    isFunction: false,
  };
}

function instanceOf({ id, address, port, weight }: ServerKeys): SeenInstance {
  return {
    id: id ?? `${address}:${port ?? ''}`,
    address,
    port,
    weight: 1,
    state: 'ready',
    attributes: weight === undefined ? {} : { weight },
    routes: [],
  };
}

function withoutGaps<Value>(keys: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  const given = Object.entries(keys).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  return Object.fromEntries(given);
}
