interface Filtered {
  ID: string;
  Service: string;
  Meta: Record<string, string> | null;
}

const clause = /^\s*(ID|Service|Meta\["([^"]+)"\])\s+(==|matches)\s+(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)\s*/;

/**
 * The part of Consul's filter language (https://developer.hashicorp.com/consul/api-docs/features/filtering) that is
 * used here: equality and regular expressions on ID, Service and Meta, joined by `or`.
 * @throws Error for anything else, as Consul does for what it does not understand
 */
export function parseFilter(expression: string): (service: Filtered) => boolean {
  const tests: ((service: Filtered) => boolean)[] = [];
  let rest = expression;
  for (;;) {
    const match = clause.exec(rest);
    if (!match) throw new Error(`Failed to create boolean expression evaluator: no match found at "${rest}"`);
    const [whole, selector = '', metaKey, operator, quoted, raw = ''] = match;
    const value = quoted === undefined ? raw : (JSON.parse(`"${quoted}"`) as string);
    const fits = operator === '==' ? (text: string) => text === value : goRegExp(value);
    tests.push((service) => {
      const text = metaKey === undefined ? service[selector as 'ID' | 'Service'] : service.Meta?.[metaKey];
      return text !== undefined && fits(text);
    });
    rest = rest.slice(whole.length);
    if (rest === '') return (service) => tests.some((test) => test(service));
    if (!/^or\s/.test(rest))
      throw new Error(`Failed to create boolean expression evaluator: no match at "${rest}"`);
    rest = rest.slice('or'.length);
  }
}

/** Go writes its flags into the expression. */
function goRegExp(text: string): (value: string) => boolean {
  const insensitive = text.startsWith('(?i)');
  const pattern = new RegExp(insensitive ? text.slice('(?i)'.length) : text, insensitive ? 'i' : '');
  return (value) => pattern.test(value);
}
