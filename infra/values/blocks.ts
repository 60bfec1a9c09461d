import { conditional, type TerraformResource } from 'cdktf';
import type { Decision } from './decision.ts';

/** Adds a nested block to a resource when `decision` says so, which only Terraform may know. */
export function addBlock(
  resource: TerraformResource,
  name: string,
  decision: Decision,
  content: Readonly<Record<string, unknown>>,
): void {
  if (decision === false) return;
  if (decision === true) resource.addOverride(name, content);
  else resource.addOverride('dynamic', { [name]: { for_each: conditional(decision, [1], []), content } });
}
