import * as z from 'zod';
import type { Deadline } from '../core/deadline.ts';
import { AppError, isAppError } from '../core/errors.ts';
import type { Place } from '../lambda-service/place.ts';
import { answerError, contentError } from './transport/errors.ts';
import { parse, type Requests } from './transport/requests.ts';

/** What an agent answers to anybody. */
interface Greeting {
  /** Whether the servers have a leader, without which nothing can be written. */
  hasLeader: boolean;
  /** The server's clock in milliseconds since 1970, to the second; undefined where it does not say. */
  date: number | undefined;
}

/** A right as rules of ACL policies grant it (https://developer.hashicorp.com/consul/docs/reference/acl/rule). */
export interface Right {
  resource: 'mesh' | 'node' | 'operator' | 'service';
  access: 'read' | 'write';
  /** The name that it is asked for; none for `mesh` and `operator`. */
  name?: string;
}

/** Whether a token has a right; `off` where Consul asks for none, `untold` where it does not say. */
export type Permission = 'granted' | 'denied' | 'off' | 'untold';

/** What certificates of services are made like; `off` without Connect, `denied` where the token may not know. */
type AuthorityConfiguration = { kind: 'told'; leafTtlMs: number } | { kind: 'off' } | { kind: 'denied' };

/** Questions about a Consul rather than about what it holds. The calls throw as {@link Consul} says. */
export interface Inspection {
  greet(deadline: Deadline): Promise<Greeting>;
  /** When the server's certificate ends, in milliseconds since 1970; undefined without TLS. */
  certificateEnd(deadline: Deadline): Promise<number | undefined>;
  permission(place: Place, right: Right, deadline: Deadline): Promise<Permission>;
  authorityConfiguration(deadline: Deadline): Promise<AuthorityConfiguration>;
}

const authorised = z.tuple([z.looseObject({ Allow: z.boolean() })]);
/** Hours are the largest unit of Go's durations (https://pkg.go.dev/time#ParseDuration). */
const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const authority = z.looseObject({ Config: z.looseObject({ LeafCertTTL: z.string().default('72h') }) });

/** Asks over `requests`. */
export function createInspection(requests: Requests): Inspection {
  return {
    /** https://developer.hashicorp.com/consul/api-docs/status#get-raft-leader needs no rights. */
    async greet(deadline) {
      const answer = await requests.read(z.string(), { path: '/status/leader' }, deadline);
      const date = Date.parse(answer.headers.date ?? '');
      return {
        hasLeader: answer.body !== '',
        date: Number.isNaN(date) ? undefined : date,
      };
    },
    certificateEnd: (deadline) => requests.certificateEnd(deadline),
    /**
     * What Consul's own UI asks before it offers anything (`ACLAuthorize` in agent/acl_endpoint.go of Consul). Servers that
     * do not know a resource, as `mesh` before 1.10, answer 400, and so grant nobody a right to it.
     */
    async permission(place, { resource, access, name }, deadline) {
      const asked = { Resource: resource, Access: access, ...(name === undefined ? {} : { Segment: name }) };
      const request = {
        place,
        method: 'POST' as const,
        path: '/internal/acl/authorize',
        body: JSON.stringify([asked]),
        expect: [200, 400, 401, 404],
      };
      const answer = await requests.send(request, deadline);
      const said = String(answer.body);
      if (answer.status === 200) return parse(authorised, answer)[0].Allow ? 'granted' : 'denied';
      if (answer.status === 400 && said.includes('Invalid ACL resource')) return 'denied';
      if (answer.status === 401 && said.includes('ACL support disabled')) return 'off';
      if (answer.status === 404) return 'untold';
      throw answerError(answer.site, answer.status, said);
    },
    /** https://developer.hashicorp.com/consul/api-docs/connect/ca#get-ca-configuration */
    async authorityConfiguration(deadline) {
      try {
        const answer = await requests.read(authority, { path: '/connect/ca/configuration' }, deadline);
        const leafTtlMs = durationMs(answer.body.Config.LeafCertTTL);
        if (leafTtlMs === undefined) throw contentError(answer.site, 'a LeafCertTTL that is no duration');
        return { kind: 'told', leafTtlMs };
      } catch (error) {
        if (isAppError(error, 'UPSTREAM_AUTH')) return { kind: 'denied' };
        if (error instanceof AppError && String(error.details['said']).includes('Connect must be enabled'))
          return { kind: 'off' };
        throw error;
      }
    },
  };
}

/** A Go duration, as `72h` or `1h30m`, in milliseconds. */
function durationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)(h|ms|m|s)/g);
  return [...parts].reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit] ?? 0), 0);
}
