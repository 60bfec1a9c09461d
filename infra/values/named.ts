import { TerraformLocal, Token } from 'cdktf';
import type { Construct } from 'constructs';

/** A text that only Terraform knows, under a name of its own, so that what uses it stays readable. */
export function named(scope: Construct, name: string, text: string): string {
  return Token.isUnresolved(text) ? new TerraformLocal(scope, name, text).asString : text;
}
