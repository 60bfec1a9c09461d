import { ownMember } from './own.ts';

/** Whether two JSON values are the same; the order of keys and undefined members do not count. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((member, at) => sameJson(member, right[at]));
  }
  if (!isPlainObject(left) || !isPlainObject(right)) return false;
  const keys = Object.keys({ ...left, ...right });
  return keys.every((key) => sameJson(ownMember(left, key), ownMember(right, key)));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
