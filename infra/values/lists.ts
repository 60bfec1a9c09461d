import { Fn, Token } from 'cdktf';

/** Both lists in one. */
export function joinedLists(one: string[], other: string[]): string[] {
  const isToken = Token.isUnresolved(one) || Token.isUnresolved(other);
  return isToken ? Token.asList(Fn.concat([one, other])) : [...one, ...other];
}
