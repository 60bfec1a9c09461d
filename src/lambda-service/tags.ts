import { aliasArn, type FunctionArn, unqualifiedArn } from './arn.ts';
import type { Place } from './place.ts';
import type { InvocationMode, LambdaService } from './service.ts';
import { alias, listOf, routeHost, routePath, serviceName, type ValueRule } from './tag-values.ts';

/** What every tag of ours begins with, and the Meta keys of Consul before 1.15. */
export const tagPrefix = 'serverless.consul.hashicorp.com/v1alpha1/lambda/';

/** The tag that puts a function on the service network. */
export const enabledTag = `${tagPrefix}enabled`;

/** A tag whose value cannot be followed; what is registered for its service stays as it is. */
interface TagProblem {
  service: string;
  tag: string;
  message: string;
}

interface TagWarning {
  tag: string;
  message: string;
  hint: string;
}

/** What the tags of one function ask for. */
export interface FunctionTags {
  enabled: boolean;
  /** The function's service first, then one for each alias; empty when a problem concerns the function as a whole. */
  services: LambdaService[];
  problems: TagProblem[];
  warnings: TagWarning[];
  /** Where its services belong, as far as the function says so; in lower case, as Consul has all of these names. */
  place: Place;
}

const knownTags = [
  'enabled',
  'payload-passthrough',
  'invocation-mode',
  'datacenter',
  'namespace',
  'partition',
  'aliases',
  'service-name',
  'service-tags',
  'route-host',
  'route-path',
  'terminating-gateway',
] as const;
type KnownTag = (typeof knownTags)[number];

/** What tags are read against. */
export interface TagSettings {
  /** Prepended to every service name. */
  servicePrefix: string;
  /** The terminating gateway of functions that name none. */
  terminatingGateway: string | undefined;
}

/** Reads the registrator's tags of a function. */
export function readTags(
  arn: FunctionArn,
  tags: Readonly<Record<string, string>>,
  settings: TagSettings,
): FunctionTags {
  const reader = new TagReader(arn, tags, settings);
  const enabled = reader.enabled();
  reader.reportUnknownTags();
  const { problems, warnings } = reader;
  return {
    enabled,
    services: enabled ? reader.services() : [],
    problems,
    warnings,
    place: reader.place(),
  };
}

/** Collects problems and warnings while the tags of one function are read. */
class TagReader {
  readonly problems: TagProblem[] = [];
  readonly warnings: TagWarning[] = [];
  readonly #tags: Readonly<Record<string, string>>;
  readonly #functionArn: string;
  readonly #functionName: string;
  readonly #prefix: string;
  readonly #gateway: string | undefined;

  constructor(arn: FunctionArn, tags: Readonly<Record<string, string>>, settings: TagSettings) {
    this.#tags = tags;
    this.#functionArn = unqualifiedArn(arn);
    this.#functionName = arn.functionName;
    this.#prefix = settings.servicePrefix;
    this.#gateway = settings.terminatingGateway;
  }

  /** An empty tag names nothing. */
  place(): Place {
    const [datacenter, partition, namespace] = (['datacenter', 'partition', 'namespace'] as const).map(
      (tag) => this.text(tag)?.trim().toLowerCase(),
    );
    return {
      ...(datacenter ? { datacenter } : {}),
      ...(partition ? { partition } : {}),
      ...(namespace ? { namespace } : {}),
    };
  }

  text(tag: KnownTag): string | undefined {
    const key = tagPrefix + tag;
    return Object.hasOwn(this.#tags, key) ? this.#tags[key] : undefined;
  }

  /** Whether the function is wanted; a value that is neither `true` nor `false` is a problem of a wanted function. */
  enabled(): boolean {
    const value = this.text('enabled') ?? 'false';
    if (value === 'true' || value === 'false') return value === 'true';
    this.#problem('enabled', value, '`true` or `false`');
    return true;
  }

  services(): LambdaService[] {
    const base = this.#normalForm('service-name', serviceName);
    const settings = {
      payloadPassthrough: this.#payloadPassthrough(),
      invocationMode: this.#invocationMode(),
      tags: [...new Set(listOf(this.text('service-tags')))],
    };
    const route = this.#route();
    const gateway = this.#terminatingGateway();
    if (this.problems.length > 0) return [];
    const name = this.#prefix + (base ?? this.#functionName);
    const service = (ownName: string, arn: string): LambdaService => ({
      name: ownName,
      arn,
      ...settings,
      ...(gateway === undefined ? {} : { gateway }),
    });
    const aliases = this.#aliases(name).map((one) =>
      service(`${name}-${one}`, aliasArn(this.#functionArn, one)),
    );
    return [{ ...service(name, this.#functionArn), ...route }, ...aliases];
  }

  /** Warns of tags that look like ours but mean nothing, as the mistyped prefix that circulates in documentation. */
  reportUnknownTags(): void {
    const known = new Set<string>(knownTags.map((tag) => tagPrefix + tag));
    for (const key of Object.keys(this.#tags)) {
      if (known.has(key) || !key.toLowerCase().startsWith('serverless.consul.hashicorp.com')) continue;
      const word = key.toLowerCase().split('/').at(-1);
      const near = knownTags.find((tag) => tag === word);
      const hint =
        near === undefined
          ? `Known tags are ${tagPrefix} followed by ${knownTags.join(', ')}.`
          : `Did you mean ${tagPrefix}${near}?`;
      this.warnings.push({ tag: key, message: `Tag ${key} means nothing to the registrator.`, hint });
    }
  }

  #payloadPassthrough(): boolean {
    const value = this.text('payload-passthrough') ?? 'false';
    if (value !== 'true' && value !== 'false') {
      this.#warn(
        'payload-passthrough',
        `has the value ${JSON.stringify(value)} and counts as false`,
        'Set it to `true` or `false`.',
      );
    }
    return value === 'true';
  }

  #invocationMode(): InvocationMode {
    const value = this.text('invocation-mode') ?? 'SYNCHRONOUS';
    const mode = value.toLowerCase();
    if (mode === 'synchronous' || mode === 'asynchronous') return mode;
    this.#problem('invocation-mode', value, '`SYNCHRONOUS` or `ASYNCHRONOUS`');
    return 'synchronous';
  }

  /** The route belongs to the function: its aliases are reached by their own service names. */
  #route(): Pick<LambdaService, 'routeHost' | 'routePath'> {
    const host = this.#normalForm('route-host', routeHost);
    const path = this.#normalForm('route-path', routePath);
    return {
      ...(host === undefined ? {} : { routeHost: host }),
      ...(path === undefined ? {} : { routePath: path }),
    };
  }

  /** An empty tag asks for no gateway. */
  #terminatingGateway(): string | undefined {
    const tag = 'terminating-gateway';
    if (this.text(tag) === '') return undefined;
    return this.text(tag) === undefined ? this.#gateway : this.#normalForm(tag, serviceName);
  }

  #aliases(name: string): string[] {
    const listed = [...new Set(listOf(this.text('aliases')))];
    const isAllowed = (one: string): boolean => alias.read(one) !== undefined;
    for (const bad of listed.filter((one) => !isAllowed(one))) {
      this.#problem('aliases', bad, alias.allowed, `${name}-${bad}`);
    }
    return listed.filter(isAllowed);
  }

  #normalForm(tag: KnownTag, { read, allowed }: ValueRule): string | undefined {
    const value = this.text(tag);
    if (value === undefined) return undefined;
    const result = read(value);
    if (result === undefined) this.#problem(tag, value, allowed);
    return result;
  }

  #problem(tag: KnownTag, value: string, allowed: string, service = this.#prefix + this.#functionName): void {
    const message = `Function ${this.#functionName} has the value ${JSON.stringify(value)} in tag ${tagPrefix}${tag}; allowed: ${allowed}. What is registered for it stays as it is.`;
    this.problems.push({ service, tag: tagPrefix + tag, message });
  }

  #warn(tag: KnownTag, what: string, hint: string): void {
    const key = tagPrefix + tag;
    this.warnings.push({ tag: key, message: `Tag ${key} of function ${this.#functionName} ${what}.`, hint });
  }
}
