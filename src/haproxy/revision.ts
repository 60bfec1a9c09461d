import { createHash } from 'node:crypto';

/** Names a configuration by its bytes: 32 hexadecimal digits, equal for equal files. */
export function revisionOf(config: string): string {
  return createHash('sha256').update(config).digest('hex').slice(0, 32);
}
