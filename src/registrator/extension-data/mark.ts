import type { CatalogService, ServiceBody } from '../../consul/api.ts';
import { AppError } from '../../core/errors.ts';
import { sentence } from '../../core/wording.ts';
import { nameKey, type Place } from '../../lambda-service/place.ts';
import { metaKeys } from '../../lambda-service/service.ts';
import type { Run } from '../run.ts';
import type { Registered } from './registered.ts';
import { metaOf, type Written } from './written.ts';

/**
 * Writes into the Meta of a service what was written for its function; everything else of it stays. A lost race is read
 * and tried once more.
 * @returns `gone` when the function has no service any more
 * @throws AppError REVISION_CONFLICT when the race was lost twice, UPSTREAM_AUTH, or as Consul says
 */
export async function markWritten(
  run: Run,
  registered: Registered,
  written: Written,
): Promise<'done' | 'gone'> {
  const { place, functionArn, service } = registered;
  if (await writeMeta(run, place, service, written)) return 'done';
  const read = await run.consul.nodeServices(place, run.config.nodeName, run.deadline);
  const own = read.services.filter(({ Meta }) => Meta?.[metaKeys.arn] === functionArn);
  const current = own.find(({ ID }) => nameKey(ID) === nameKey(service.ID));
  if (current && (await writeMeta(run, place, current, written))) return 'done';
  if (own.length === 0 && read.node !== undefined && !read.filtered) return 'gone';
  const message = `Another writer changed ${service.Service} in Consul while its extension data was written; the next run writes it again.`;
  throw new AppError('REVISION_CONFLICT', message);
}

/** Whether nobody else wrote first. */
async function writeMeta(
  run: Run,
  place: Place,
  current: CatalogService,
  written: Written,
): Promise<boolean> {
  const { ModifyIndex: index, CreateIndex: _created, ...kept } = current;
  const service: ServiceBody = { ...kept, Meta: { ...current.Meta, ...metaOf(written) } };
  const operation = { verb: 'cas', on: run.config.nodeName, service, index } as const;
  const [failure] = await run.consul.transact(place, [operation], run.deadline);
  if (failure === undefined) return true;
  if (failure.reason === 'stale') return false;
  const isDenied = failure.reason === 'denied';
  const hint = isDenied ? ` Allow service:write on ${current.Service} in the policy of the token.` : '';
  throw new AppError(
    isDenied ? 'UPSTREAM_AUTH' : 'UPSTREAM_REJECTED',
    `Consul refused to keep the extension data of ${current.Service} in its Meta: ${sentence(failure.message)}${hint}`,
  );
}
