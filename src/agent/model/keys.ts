/** Attributes of instances: the keys of "Services and routes". */
import type { Checked } from '../../core/checked.ts';
import { checkServerAddress } from '../../core/network/addresses.ts';
import { ownMember } from '../../core/objects.ts';
import { quoted } from '../../core/wording.ts';
import { portIn } from '../../haproxy/written-routes.ts';
import { checkWhole, optionKeys, readOption } from './option-texts.ts';
import type { SaidOptions } from './options.ts';
import type { SeenInstance } from './sighting.ts';

/** Texts by key. */
export type Attributes = Readonly<Record<string, string>>;

/** What was read, and what could not be; each problem begins with the key. */
export interface Read<Value> {
  readonly value: Value;
  readonly problems: readonly string[];
}

/** The text of a key, without blanks around it; undefined where it is left out or empty, as unset variables are. */
export function textOf(attributes: Attributes, key: string): string | undefined {
  return ownMember(attributes, key)?.trim() || undefined;
}

/** A key's value; a bad one is left out. */
export function valueOf<Value>(
  attributes: Attributes,
  key: string,
  check: (text: string) => Checked<Value>,
): Read<Value | undefined> {
  const text = textOf(attributes, key);
  const checked = text === undefined ? undefined : check(text);
  return checked?.ok === false
    ? { value: undefined, problems: [`${key} ${checked.problem}`] }
    : { value: checked?.value, problems: [] };
}

/** How a service is served, as one of its instances says. */
export function saidOptions(attributes: Attributes): Read<SaidOptions> {
  const read = optionKeys.map((key) => valueOf(attributes, key, (text) => readOption(key, text)));
  return {
    value: Object.assign({}, ...read.map(({ value }) => value)) as SaidOptions,
    problems: read.flatMap(({ problems }) => problems),
  };
}

/** Where an instance is, and what it weighs of what instances weigh that say nothing. */
export interface Location {
  readonly address: string;
  readonly port: number;
  /** Undefined where the attributes do not say. */
  readonly weight: number | undefined;
}

/** Where an instance is; undefined where no request can be sent, for the reason that the problems tell. */
export function locate({ address, port, attributes }: SeenInstance): Read<Location | undefined> {
  const place = checkServerAddress(address);
  const portRead = portOf(port, attributes);
  const weight = valueOf(attributes, 'weight', (text) => checkWhole(text, 0, 256));
  const problems = [
    ...(place.ok ? [] : [`its address ${place.problem}, so it is left out`]),
    ...portRead.problems,
    ...weight.problems,
  ];
  if (!place.ok || portRead.value === undefined) return { value: undefined, problems };
  return { value: { address: place.value, port: portRead.value, weight: weight.value }, problems };
}

/** The key `port`, else the source's own; 0 is no port and no default either. */
function portOf(port: number | undefined, attributes: Attributes): Read<number | undefined> {
  const text = textOf(attributes, 'port');
  const written = text === undefined ? undefined : portIn(text);
  const leftOut = (what: string): Read<undefined> => ({
    value: undefined,
    problems: [`${what}, so it is left out`],
  });
  if (written !== undefined) return { value: written, problems: [] };
  if (text !== undefined && /^0+$/.test(text)) return leftOut('port must be a port from 1 to 65535, not 0');
  const bad = text === undefined ? [] : [`port must be a port from 1 to 65535, not ${quoted(text, 80)}`];
  const known = portIn(port);
  if (known !== undefined) return { value: known, problems: bad };
  const why = port === undefined ? 'it has no port' : `its port must be one from 1 to 65535, not ${port}`;
  const { value, problems } = leftOut(why);
  return { value, problems: [...bad, ...problems] };
}
