import { TerraformLocal, Token } from 'cdktf';
import type { Construct } from 'constructs';
import type { Decision } from './decision.ts';

/** A text that only Terraform knows, under a name of its own, so that what uses it stays readable. */
export function named(scope: Construct, name: string, text: string): string {
  return Token.isUnresolved(text) ? new TerraformLocal(scope, name, text).asString : text;
}

/** A decision that only Terraform makes, under a name, so that a broken precondition shows no value but this one. */
export function namedDecision(scope: Construct, name: string, decision: Decision): Decision {
  return typeof decision === 'boolean' ? decision : new TerraformLocal(scope, name, decision).asBoolean;
}
