import type { CatalogService } from '../../consul/api.ts';
import { mapConcurrent } from '../../core/concurrency.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { parseFunctionArn } from '../../lambda-service/arn.ts';
import type { Place } from '../../lambda-service/place.ts';
import { leafMetaKeys, metaKeys } from '../../lambda-service/service.ts';
import type { FailureEntry } from '../model/report.ts';
import type { Run } from '../run.ts';
import { Findings, type Subject } from './findings.ts';
import { isParameterPath, parameterPath, usesParameter } from './path.ts';
import type { Registered } from './registered.ts';
import { leftBehind } from './write.ts';

/** A service that is about to be removed, as it was read. */
export interface Leaving {
  place: Place;
  service: CatalogService;
}

/** What became of the parameters of services that leave. */
export interface Removal<Service> {
  /** Those that must stay for this run, since their parameters do: they are what remembers them. */
  kept: Service[];
  failures: FailureEntry[];
}

const removalsAtOnce = 8;

/**
 * Removes the parameters of services before these are removed themselves, so that a run which ends at any point leaves
 * none behind. What is not permitted does not hold up a service: it goes, and a failure names what it leaves. Nothing is
 * removed that a service which stays has its data in.
 * @param staying what else is registered, of the same functions at least
 */
export async function removeExtensionData<Service extends Leaving>(
  run: Run,
  leaving: readonly Service[],
  staying: readonly Registered[],
): Promise<Removal<Service>> {
  const kept: Service[] = [];
  const findings = new Findings();
  if (run.dryRun) return { kept, failures: [] };
  await mapConcurrent(leaving, removalsAtOnce, async (one) => {
    const subject = subjectOf(one);
    for (const path of pathsOf(run, one).filter((each) => !isStillUsed(run, each, staying))) {
      const failure = await removeParameter(run, path);
      if (failure === undefined) continue;
      findings.failed(subject, failure);
      if (failure.retryable) return void kept.push(one);
    }
  });
  return { kept, failures: findings.report().failures };
}

/** Why the parameter is still there, if it is. */
async function removeParameter(run: Run, path: string): Promise<AppError | undefined> {
  try {
    await run.parameters.remove(path, run.deadline);
    return undefined;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return error.retryable ? stillThere(path, error) : leftBehind(path, error);
  }
}

function stillThere(path: string, cause: AppError): AppError {
  const message = `Parameter ${path} could not be removed, so its service stays for this run. ${cause.message}`;
  return new AppError('WORK_LEFT', message, { cause, details: cause.details });
}

function subjectOf({ service: { Service, Meta } }: Leaving): Subject {
  return { service: Service, arn: Meta?.[metaKeys.arn] ?? '' };
}

/**
 * Where the data of a service may be: as its Meta says, and where it would have been written by now; a run that ended
 * before it could keep that in the Meta left it there.
 */
function pathsOf({ config: { extension } }: Run, { place, service: { Meta } }: Leaving): string[] {
  const kept = Meta?.[leafMetaKeys.parameter] ?? '';
  const arn = parseFunctionArn(Meta?.[metaKeys.arn] ?? '');
  const isOfFunction = extension !== undefined && arn !== undefined && arn.qualifier === undefined;
  const wanted = isOfFunction
    ? [parameterPath(extension.prefix, { place, functionName: arn.functionName })]
    : [];
  return [...new Set([...(isParameterPath(kept, place) ? [kept] : []), ...wanted])];
}

function isStillUsed({ config: { extension } }: Run, path: string, staying: readonly Registered[]): boolean {
  return staying.some((one) => usesParameter(path, one, extension?.prefix));
}
