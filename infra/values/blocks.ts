import { conditional, type TerraformResource } from 'cdktf';
import type { Decision } from './decision.ts';

type Content = Readonly<Record<string, unknown>>;

/** Adds a nested block to a resource when `decision` says so, which only Terraform may know. */
export function addBlock(
  resource: TerraformResource,
  name: string,
  decision: Decision,
  content: Content,
): void {
  addBlocks(resource, name, decision, [content]);
}

/** Adds several blocks of a name to a resource, or none. */
export function addBlocks(
  resource: TerraformResource,
  name: string,
  decision: Decision,
  contents: readonly Content[],
): void {
  if (decision === false) return;
  if (decision === true) return resource.addOverride(name, contents.length === 1 ? contents[0] : contents);
  const blocks = contents.map((content) => ({ for_each: conditional(decision, [1], []), content }));
  resource.addOverride(`dynamic.${name}`, blocks.length === 1 ? blocks[0] : blocks);
}
