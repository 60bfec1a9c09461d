import * as z from 'zod';
import { AppError } from '../core/errors.ts';
import { textRuleOf } from './fields.ts';
import type { TextRule } from './text-rules.ts';

/** One setting: its environment variable, how its text is read, and what the documentation says of it. */
export interface Option<Value> {
  readonly env: string;
  readonly schema: z.ZodType<Value, string | undefined>;
  readonly description: string;
  /** As the documentation shows it; the schema itself supplies the value. */
  readonly defaultText: string;
  /** What its text must be, where that can be told as data. */
  readonly rule?: TextRule | undefined;
  /** Whether an empty variable is a value, "off" as a rule, rather than absent. */
  readonly emptyCounts?: boolean;
}

type Options = Readonly<Record<string, Option<unknown>>>;
/** What {@link readOptions} gives for a table. */
export type OptionValues<Table extends Options> = {
  [Key in keyof Table]: Table[Key] extends Option<infer Value> ? Value : never;
};

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that must be given; `schema` reads the text of its variable. */
export function required<Value>(
  env: string,
  schema: z.ZodType<Value, string>,
  description: string,
): Option<Value> {
  const present = z.string({ error: 'is required' });
  const rule = textRuleOf(schema);
  return { env, schema: present.pipe(schema), description, defaultText: 'required', rule };
}

/** A setting that is undefined unless given; `schema` reads the text of its variable. */
export function optional<Value>(
  env: string,
  schema: z.ZodType<Value, string>,
  description: string,
): Option<Value | undefined> {
  const rule = textRuleOf(schema);
  return { env, schema: schema.optional(), description, defaultText: 'none', rule };
}

/** A setting with a default, written as in the environment; `schema` reads that too. */
export function withDefault<Value>(
  env: string,
  schema: z.ZodType<Value, string>,
  defaultText: string,
  description: string,
): Option<Value> {
  const read = z.string().default(defaultText).pipe(schema);
  return { env, schema: read, description, defaultText, rule: textRuleOf(schema) };
}

/**
 * Reads every option from the environment. An empty variable counts as absent, as Terraform and shells produce them,
 * unless the option says otherwise.
 * @param known problems that the caller found already, reported together with those found here
 * @throws AppError CONFIG_INVALID with every problem in one message
 */
export function readOptions<Table extends Options>(
  table: Table,
  env: Environment,
  known: readonly string[] = [],
): OptionValues<Table> {
  const read = readPresent(table, env);
  const problems = [...known, ...read.problems.map(({ variable, words }) => `${variable} ${words}`)];
  if (problems.length > 0) throw configError(problems);
  return read.values as OptionValues<Table>;
}

/** Options as they were read: those without a problem, and the problems of the others. */
interface PresentOptions<Table extends Options> {
  readonly values: Partial<OptionValues<Table>>;
  readonly problems: readonly { readonly variable: string; readonly words: string }[];
}

/** Reads every option as {@link readOptions} does, for a caller that tells of problems itself. */
export function readPresent<Table extends Options>(table: Table, env: Environment): PresentOptions<Table> {
  const problems: { variable: string; words: string }[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(table)) {
    const absent = env[option.env] === '' && option.emptyCounts !== true;
    const result = option.schema.safeParse(absent ? undefined : env[option.env]);
    if (result.success) values[key] = result.data;
    else
      problems.push(...result.error.issues.map(({ message }) => ({ variable: option.env, words: message })));
  }
  return { values: values as Partial<OptionValues<Table>>, problems };
}

/** The environment variable of each option, by the option's key. */
export function variablesOf<Table extends Options>(table: Table): { readonly [Key in keyof Table]: string } {
  const names = Object.entries(table).map(([key, { env }]) => [key, env]);
  return Object.fromEntries(names) as { readonly [Key in keyof Table]: string };
}

/** One CONFIG_INVALID error that lists all of `problems`, each `<variable> <what it must be>`. */
export function configError(problems: readonly string[]): AppError {
  const message = `The configuration is invalid:\n${problems.map((problem) => `- ${problem}`).join('\n')}`;
  return new AppError('CONFIG_INVALID', message, { details: { problems } });
}

/** The options as a Markdown table: variable, default, meaning; in the order in which they are declared. */
export function optionTable(table: Options): string {
  const rows = Object.values(table).map((option) => {
    const fallback = ['required', 'none'].includes(option.defaultText)
      ? option.defaultText
      : `\`${option.defaultText}\``;
    return `| \`${option.env}\` | ${option.defaultText === '' ? 'empty' : fallback} | ${option.description} |`;
  });
  return ['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n');
}
