import * as z from 'zod';
import { AppError, isAppError, systemCodeOf } from '../../core/errors.ts';
import { objectOf } from '../../core/objects.ts';
import { readTextFile } from '../../daemon/text-file.ts';
import { replaceFile } from '../../haproxy-process/files.ts';
import { type SourceName, sourceNames } from '../model/agent-model.ts';
import type { SourceView } from '../model/merge.ts';
import type { RouteClaim, SeenInstance, Sighting } from '../model/sighting.ts';

/** What was believed of each source. */
export type Snapshot = ReadonlyMap<SourceName, readonly Sighting[]>;

export const emptySnapshot: Snapshot = new Map();

/** What this program writes of many thousand servers is some megabytes. */
const mostBytes = 256 * 1024 * 1024;

/** Of the form of the file: another version is written otherwise. */
const version = 1;

const attributes = objectOf(z.string());

const route: z.ZodType<RouteClaim> = z.object({
  host: z.string().exactOptional(),
  path: z.string().exactOptional(),
  strip: z.boolean().exactOptional(),
  scheme: z.enum(['http', 'https']).exactOptional(),
  percent: z.number().exactOptional(),
  tls: z.boolean().exactOptional(),
});

const instance: z.ZodType<SeenInstance> = z.object({
  id: z.string(),
  address: z.string(),
  // JSON leaves out what is undefined.
  port: z
    .number()
    .optional()
    .transform((port) => port),
  weight: z.number(),
  state: z.enum(['ready', 'drain']),
  attributes,
  routes: z.array(route),
});

const sighting: z.ZodType<Sighting> = z.object({
  service: z.string(),
  instances: z.array(instance),
  attributes: attributes.exactOptional(),
  fallback: z.array(route),
  isFunction: z.boolean(),
});

const sightings = z.array(sighting).optional();

const snapshotFile = z.object({
  version: z.literal(version),
  sources: z.object({ file: sightings, docker: sightings, consul: sightings, cloud_map: sightings }),
});

/**
 * What was believed when it was written last; nothing where that never was.
 * @throws AppError FILE_UNREADABLE; CONFIG_INVALID where it is no snapshot
 */
export async function readSnapshot(file: string): Promise<Snapshot> {
  let text: string;
  try {
    text = await readTextFile(file, mostBytes);
  } catch (error) {
    if (isAppError(error) && systemCodeOf(error.cause) === 'ENOENT') return emptySnapshot;
    throw error;
  }
  const { sources } = parse(text, file);
  return new Map(
    sourceNames.flatMap((name) => {
      const known = sources[name];
      return known === undefined ? [] : [[name, known] as const];
    }),
  );
}

/** @throws AppError CONFIG_INVALID when it cannot be written */
export async function writeSnapshot(file: string, views: readonly SourceView[]): Promise<void> {
  const sources = Object.fromEntries(views.map(({ source, sightings }) => [source, [...sightings]]));
  await replaceFile(file, JSON.stringify({ version, sources }), { mode: 0o600 });
}

function parse(text: string, file: string): z.output<typeof snapshotFile> {
  try {
    return snapshotFile.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${file} is not what this program writes there, and so nothing is known of before`;
    throw new AppError('CONFIG_INVALID', message, { cause });
  }
}
