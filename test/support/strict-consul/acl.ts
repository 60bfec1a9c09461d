type Resource = 'node' | 'service' | 'agent';
type Access = 'read' | 'write';

interface Rule {
  resource: string;
  prefix: boolean;
  name: string;
  policy: string;
}

/** What one token may do (https://developer.hashicorp.com/consul/docs/reference/acl/rule): the closest rule decides. */
export class Rights {
  readonly #rules: readonly Rule[];

  constructor(hcl: string) {
    const rule = /(\w+?)(_prefix)?\s+"([^"]*)"\s*\{\s*policy\s*=\s*"(\w+)"\s*\}/g;
    this.#rules = [...hcl.matchAll(rule)].map(([, resource = '', prefix, name = '', policy = '']) => {
      return { resource, prefix: prefix !== undefined, name, policy };
    });
  }

  may(resource: Resource, access: Access, name: string): boolean {
    const [closest] = this.#rules
      .filter((rule) => rule.resource === resource)
      .filter((rule) => (rule.prefix ? name.startsWith(rule.name) : name === rule.name))
      .toSorted((a, b) => Number(a.prefix) - Number(b.prefix) || b.name.length - a.name.length);
    return closest?.policy === 'write' || (access === 'read' && closest?.policy === 'read');
  }
}

export const allRights = new Rights(
  ['node', 'service', 'agent'].map((resource) => `${resource}_prefix "" { policy = "write" }`).join('\n'),
);
