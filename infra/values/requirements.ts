import type { Construct } from 'constructs';
import type { Decision } from './decision.ts';
import { InputError } from './inputs.ts';

/** Something that several inputs must fulfil together. */
export interface Requirement {
  readonly holds: Decision;
  /** Names the inputs, the rule and an example. */
  readonly message: string;
}

/**
 * The requirements that only Terraform can test, as preconditions.
 * @throws InputError for those that are known at synth to be broken
 */
export function mustHold(owner: Construct, requirements: readonly Requirement[]) {
  const broken = requirements.filter(({ holds }) => holds === false);
  if (broken.length > 0)
    throw new InputError(
      [`${owner.constructor.name}:`, ...broken.map(({ message }) => message)].join('\n- '),
    );
  return requirements.flatMap(({ holds, message }) =>
    typeof holds === 'boolean' ? [] : [{ condition: holds, errorMessage: message }],
  );
}
