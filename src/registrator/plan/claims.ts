import { parseFunctionArn } from '../../lambda-service/arn.ts';
import type { Place } from '../../lambda-service/place.ts';
import type { LambdaService } from '../../lambda-service/service.ts';
import { type Key, keyOf } from '../model/key.ts';
import { type FunctionStates, wantedServices } from '../model/snapshot.ts';

/** Names that the enabled functions claim at `home`, contested ones in order of precedence. */
export function claimsByKey(
  functions: FunctionStates,
  home: Place,
  datacenter: string | undefined,
): Map<Key, LambdaService[]> {
  const claims = new Map<Key, LambdaService[]>();
  for (const state of functions.values()) {
    for (const service of wantedServices(state, datacenter)) {
      const key = keyOf(home, service.name);
      const rivals = claims.get(key);
      if (rivals) rivals.push(service);
      else claims.set(key, [service]);
    }
  }
  for (const rivals of claims.values()) if (rivals.length > 1) rivals.sort(byPrecedence);
  return claims;
}

/** A function before an alias, then the smaller ARN. */
function byPrecedence(left: LambdaService, right: LambdaService): number {
  const isAlias = (service: LambdaService): number =>
    Number(parseFunctionArn(service.arn)?.qualifier !== undefined);
  return isAlias(left) - isAlias(right) || (left.arn < right.arn ? -1 : 1);
}
