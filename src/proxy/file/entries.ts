import type { YamlFile } from '../../config/yaml/file.ts';
import type { Path } from '../../config/yaml/tree.ts';
import type { ProxyFile } from './schema.ts';

/** One entry of `local` or `aws`. */
export type Entry =
  | { readonly kind: 'local'; readonly path: Path; readonly keys: ProxyFile['local'][number] }
  | { readonly kind: 'aws'; readonly path: Path; readonly keys: ProxyFile['aws'][number] };

/**
 * The entries that count, and warnings about the others and about keys that mean nothing where they stand. Of several
 * entries with one hostname and prefix the last counts, and those of `aws` come last.
 */
export function readEntries(file: YamlFile<ProxyFile>): { entries: Entry[]; warnings: string[] } {
  const all: Entry[] = [
    ...file.value.local.map((keys, at): Entry => ({ kind: 'local', path: ['local', at], keys })),
    ...file.value.aws.map((keys, at): Entry => ({ kind: 'aws', path: ['aws', at], keys })),
  ];
  const last = new Map(all.map((entry) => [matched(entry), entry]));
  const warnings = all.flatMap((entry) => {
    const winner = last.get(matched(entry)) ?? entry;
    return winner === entry ? idleKeys(file, entry) : [overruled(file, entry, winner)];
  });
  return { entries: all.filter((entry) => last.get(matched(entry)) === entry), warnings };
}

/** What requests must have. */
function matched({ keys }: Entry): string {
  return `${keys.hostname}${keys.path_prefix}`;
}

function overruled(file: YamlFile<ProxyFile>, { path, keys }: Entry, winner: Entry): string {
  const route = keys.path_prefix === '/' ? keys.hostname : `${keys.hostname}${keys.path_prefix}`;
  const [section, at] = winner.path;
  const place = `${String(section)}[${String(at)}] on line ${file.lineOf(winner.path)}`;
  return file.remark(path, `has no effect: ${place} has ${route} too, and the last one wins`);
}

function idleKeys(file: YamlFile<ProxyFile>, entry: Entry): string[] {
  const { keys, path } = entry;
  const told = (key: string, words: string): string => file.remark([...path, key], words);
  return [
    ...(keys.multi_value_headers && keys.format !== 'alb'
      ? [told('multi_value_headers', `means nothing with format ${keys.format}: it is for alb`)]
      : []),
    ...(keys.decode_path && keys.format !== 'apigw-v2'
      ? [told('decode_path', `means nothing with format ${keys.format}: it is for apigw-v2`)]
      : []),
    ...(entry.kind === 'aws' ? idleAwsKeys(entry.keys, told) : []),
  ];
}

function idleAwsKeys(keys: ProxyFile['aws'][number], told: (key: string, words: string) => string): string[] {
  const { region } = keys.function_name;
  return [
    ...(keys.region !== undefined && region !== undefined && keys.region !== region
      ? [told('region', `has no effect: the ARN of function_name is of ${region}`)]
      : []),
    ...(keys.external_id !== undefined && keys.assume_role_arn === undefined
      ? [told('external_id', 'means nothing without assume_role_arn')]
      : []),
    ...(keys.streaming && keys.invocation === 'async'
      ? [told('streaming', 'means nothing with invocation async')]
      : []),
  ];
}
