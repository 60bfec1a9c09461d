import type { Tenancy } from './edition.ts';

type Resource = 'node' | 'service' | 'agent' | 'operator' | 'mesh';
type Access = 'read' | 'write';

/** A name, or what names start with. */
interface Label {
  text: string;
  prefix: boolean;
}

interface Rule {
  partition: Label | undefined;
  namespace: Label | undefined;
  resource: string;
  name: Label;
  policy: string;
}

const byDefault: Label = { text: 'default', prefix: false };
const everything: Label = { text: '', prefix: true };

/**
 * What one token may do (https://developer.hashicorp.com/consul/docs/reference/acl/rule): the closest rule decides.
 * Rules outside of a `partition` or `namespace` are those of `default`, but that nodes' rules hold in every namespace of
 * a partition and operators' rules everywhere.
 */
export class Rights {
  readonly #rules: readonly Rule[];

  constructor(hcl: string) {
    const words = [...hcl.matchAll(/"([^"]*)"|[\w-]+|[{}]/g)].map(([word, quoted]) => quoted ?? word);
    this.#rules = rulesIn(words, { partition: undefined, namespace: undefined });
  }

  may(resource: Resource, access: Access, name: string, place: Tenancy = {}): boolean {
    const { Partition = 'default', Namespace = 'default' } = place;
    const [closest] = this.#rules
      .filter((rule) => rule.resource === resource)
      .filter((rule) => fits(partitionOf(rule), Partition) && fits(namespaceOf(rule), Namespace))
      .filter((rule) => fits(rule.name, name))
      .toSorted(
        (a, b) =>
          byCloseness(partitionOf(a), partitionOf(b)) ||
          byCloseness(namespaceOf(a), namespaceOf(b)) ||
          byCloseness(a.name, b.name),
      );
    return closest?.policy === 'write' || (access === 'read' && closest?.policy === 'read');
  }

  /** Whether any rule grants anything inside a namespace. */
  mayAnything({ Partition = 'default', Namespace = 'default' }: Tenancy): boolean {
    return this.#rules
      .filter((rule) => rule.namespace !== undefined || !isOfPartitions(rule))
      .filter((rule) => fits(partitionOf(rule), Partition) && fits(namespaceOf(rule), Namespace))
      .some(({ policy }) => policy !== 'deny');
  }
}

type Scope = Pick<Rule, 'partition' | 'namespace'>;

/** Takes `words` up to the end of the block that they are in. */
function rulesIn(words: string[], scope: Scope): Rule[] {
  const rules: Rule[] = [];
  for (let kind = words.shift(); kind !== undefined && kind !== '}'; kind = words.shift()) {
    const resource = kind.replace(/_prefix$/, '');
    const label = { text: words.shift() ?? '', prefix: kind !== resource };
    if (words[0] !== '{') {
      rules.push({ ...scope, resource, name: everything, policy: label.text });
    } else {
      words.shift();
      const isScope = resource === 'partition' || resource === 'namespace';
      const block = rulesIn(words, isScope ? { ...scope, [resource]: label } : scope);
      const own = block.filter((rule) => rule.resource === 'policy');
      rules.push(...(isScope ? block : own.map((rule) => ({ ...rule, resource, name: label }))));
    }
  }
  return rules;
}

function partitionOf({ partition, resource }: Rule): Label {
  return partition ?? (resource === 'operator' ? everything : byDefault);
}

function namespaceOf(rule: Rule): Label {
  return rule.namespace ?? (isOfPartitions(rule) ? everything : byDefault);
}

/** Of what no namespace has of itself. */
function isOfPartitions({ resource }: Rule): boolean {
  return resource === 'operator' || resource === 'node' || resource === 'mesh';
}

function fits({ text, prefix }: Label, name: string): boolean {
  return prefix ? name.startsWith(text) : name === text;
}

function byCloseness(a: Label, b: Label): number {
  return Number(a.prefix) - Number(b.prefix) || b.text.length - a.text.length;
}

const ofNamespaces = ['node', 'service', 'agent'].map(
  (resource) => `${resource}_prefix "" { policy = "write" }`,
);

export const allRights = new Rights(
  `operator = "write" partition_prefix "" { namespace_prefix "" { ${ofNamespaces.join(' ')} } }`,
);
