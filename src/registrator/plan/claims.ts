import { parseFunctionArn } from '../../lambda-service/arn.ts';
import type { LambdaService } from '../../lambda-service/service.ts';
import { nameKey } from '../../lambda-service/place.ts';
import { type FunctionStates, wantedServices } from '../model/snapshot.ts';

/** Names that the enabled functions claim, contested ones in order of precedence. */
export function claimsByName(
  functions: FunctionStates,
  datacenter: string | undefined,
): Map<string, LambdaService[]> {
  const claims = new Map<string, LambdaService[]>();
  for (const state of functions.values()) {
    for (const service of wantedServices(state, datacenter)) {
      const key = nameKey(service.name);
      const rivals = claims.get(key);
      if (rivals) rivals.push(service);
      else claims.set(key, [service]);
    }
  }
  for (const rivals of claims.values()) if (rivals.length > 1) rivals.sort(byPrecedence);
  return claims;
}

function byPrecedence(left: LambdaService, right: LambdaService): number {
  const isAlias = (service: LambdaService): number =>
    Number(parseFunctionArn(service.arn)?.qualifier !== undefined);
  return isAlias(left) - isAlias(right) || (left.arn < right.arn ? -1 : 1);
}
