import { ref, TerraformLocal, Token } from 'cdktf';
import type { Construct } from 'constructs';

/**
 * The environment of a function: names with their values, without those that are nothing. What only Terraform knows is
 * tested when it plans.
 */
export function environment(
  scope: Construct,
  entries: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const stated = Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  if (!Object.values(stated).some((value) => Token.isUnresolved(value))) return stated;
  const all = new TerraformLocal(scope, 'environment', stated);
  const filled = `{ for name, value in local.${all.friendlyUniqueId} : name => value if value != null }`;
  return Token.asStringMap(ref(filled));
}
