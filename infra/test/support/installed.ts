import { isObject, type Json, type JsonObject } from '../../module/expressions.ts';

/** What AWS gives to a resource, by `<type>.<attribute>`. */
export type Given = Readonly<Record<string, (resource: JsonObject) => string>>;

/**
 * A synthesised configuration with its references filled in, as Terraform would once everything is made: with what AWS
 * gives, else with the argument of the resource that is named. What neither tells stays a reference.
 */
export function filledIn(configuration: JsonObject, given: Given): JsonObject {
  const locals = isObject(configuration['locals']) ? configuration['locals'] : {};

  function valueOf(reference: string): string {
    const [kind = '', ...path] = reference.split('.');
    const [type = '', name = '', attribute = ''] = kind === 'data' ? path : [kind, ...path];
    const resources = configuration[kind === 'data' ? 'data' : 'resource'];
    const instances = isObject(resources) ? resources[type] : undefined;
    const body = isObject(instances) ? instances[name] : undefined;
    const argument = isObject(body) ? body[attribute] : undefined;
    const value = (isObject(body) && given[`${type}.${attribute}`]?.(body)) || argument;
    return typeof value === 'string' ? (fill(value) as string) : `\${${reference}}`;
  }

  function fill(value: Json): Json {
    if (typeof value === 'string') {
      const local = /^\$\{\{ for name, value in local\.([\w-]+) : /.exec(value)?.[1];
      if (local !== undefined) return fill(locals[local] ?? null);
      return value.replaceAll(/\$\{([\w.-]+)\}/g, (_, reference: string) => valueOf(reference));
    }
    if (Array.isArray(value)) return value.map((item: Json) => fill(item));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]));
  }

  return { ...configuration, resource: fill(configuration['resource'] ?? {}) };
}
