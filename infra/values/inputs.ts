import { type IResolvable, Token } from 'cdktf';
import type { Rule } from './rules.ts';

/** The types of inputs, as Terraform spells them, and what they are in TypeScript. */
export interface InputTypes {
  string: string;
  number: number;
  bool: boolean | IResolvable;
  'list(string)': string[];
  'map(string)': Record<string, string>;
}
type TypeName = keyof InputTypes;

/**
 * One setting of a construct and of the module made of it: a property in camel case, a variable in snake case, a row
 * of the documentation.
 */
export interface Input<Type extends TypeName = TypeName, Fallback = unknown> {
  readonly type: Type;
  readonly description: string;
  /** `undefined`: must be given; `null`: absent unless given. */
  readonly fallback: Fallback;
  readonly rule?: Rule;
  /** A good value, for the message of a broken rule. */
  readonly example?: InputTypes[Type];
}

export type Inputs = Readonly<Record<string, Input>>;

interface Checked<Type extends TypeName> {
  rule?: Rule;
  example?: InputTypes[Type];
}

export function required<Type extends TypeName>(
  type: Type,
  description: string,
  checked: Checked<Type> = {},
): Input<Type, undefined> {
  return { type, description, fallback: undefined, ...checked };
}

export function optional<Type extends TypeName>(
  type: Type,
  description: string,
  checked: Checked<Type> = {},
): Input<Type, null> {
  return { type, description, fallback: null, ...checked };
}

export function withDefault<Type extends TypeName>(
  type: Type,
  fallback: InputTypes[Type],
  description: string,
  checked: Checked<Type> = {},
): Input<Type, InputTypes[Type]> {
  return { type, description, fallback, ...checked };
}

type ValueOf<Entry> = Entry extends Input<infer Type> ? InputTypes[Type] : never;
type RequiredKeys<Table> = {
  [Key in keyof Table]: Table[Key] extends Input<TypeName, undefined> ? Key : never;
}[keyof Table];

/** The properties of a construct with these inputs. */
export type PropsOf<Table> = { [Key in RequiredKeys<Table>]: ValueOf<Table[Key]> } & {
  [Key in Exclude<keyof Table, RequiredKeys<Table>>]?: ValueOf<Table[Key]> | undefined;
};

/** The same with defaults filled in. */
export type ValuesOf<Table> = {
  [Key in keyof Table]: ValueOf<Table[Key]> | (Table[Key] extends Input<TypeName, null> ? undefined : never);
};

/** `syncFrequencyInMinutes` -> `sync_frequency_in_minutes`. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What a broken rule says: the input, the rule and an example. */
export function ruleMessage(variable: string, input: Input, rule: Rule): string {
  const example = input.example ?? input.fallback;
  return `${variable} must be ${rule.words}, for example ${JSON.stringify(example)}.`;
}

/** Inputs that are missing, unknown, or against their rule. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/**
 * Fills in defaults and checks every value that is known at synth.
 * @throws InputError with every problem in one message
 */
export function readInputs<Table extends Inputs>(
  owner: string,
  table: Table,
  props: Readonly<Record<string, unknown>>,
): ValuesOf<Table> {
  const known = Object.keys(table);
  const unknown = Object.keys(props).filter((key) => !known.includes(key));
  const problems = unknown.map(
    (key) => `${snakeCase(key)} is unknown; known are ${known.map(snakeCase).join(', ')}`,
  );
  const values: Record<string, unknown> = {};
  for (const [key, input] of Object.entries(table)) {
    const value = props[key] ?? input.fallback ?? undefined;
    values[key] = value;
    if (value === undefined && input.fallback === undefined) problems.push(`${snakeCase(key)} is required`);
    else if (value !== undefined && !Token.isUnresolved(value))
      problems.push(...problemsOf(key, input, value));
  }
  if (problems.length > 0) throw new InputError([`${owner}:`, ...problems].join('\n- '));
  return values as ValuesOf<Table>;
}

function problemsOf(key: string, input: Input, value: unknown): string[] {
  if (!hasType(input.type, value))
    return [`${snakeCase(key)} must be a ${input.type}, not ${JSON.stringify(value)}`];
  if (input.rule === undefined || input.rule.allows(value)) return [];
  return [ruleMessage(snakeCase(key), input, input.rule)];
}

function hasType(type: TypeName, value: unknown): boolean {
  const isText = (item: unknown) => typeof item === 'string';
  switch (type) {
    case 'string':
      return isText(value);
    case 'number':
      return typeof value === 'number';
    case 'bool':
      return typeof value === 'boolean';
    case 'list(string)':
      return Array.isArray(value) && value.every(isText);
    case 'map(string)':
      return typeof value === 'object' && value !== null && Object.values(value).every(isText);
  }
}
