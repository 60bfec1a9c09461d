import { TerraformOutput, type TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { snakeCase } from './inputs.ts';

/** Which properties of a construct are outputs, with what the documentation says of them. */
export type Outputs<Made> = { readonly [Key in Exclude<keyof Made, keyof Construct>]?: string };

/** Makes an output of every property named. */
export function declareOutputs<Made>(stack: TerraformStack, outputs: Outputs<Made>, made: Made): void {
  for (const [key, description] of Object.entries(outputs) as [keyof Made & string, string][]) {
    new TerraformOutput(stack, snakeCase(key), { value: made[key], description });
  }
}
