import type { Permission, Right } from '../../consul/inspection.ts';
import type { Deadline } from '../../core/deadline.ts';
import { isAppError } from '../../core/errors.ts';
import { inPlace } from '../../lambda-service/place.ts';
import { probeName } from '../read/defaults-format.ts';
import { type Examination, fail, type Finding, ok, skip, warn } from './check.ts';
import { gatewaysOf } from './gateways.ts';
import type { Subject } from './subject.ts';

const needs = ['Consul'];
const needsOwn = ['Consul', 'AWS identity'];

/** Each rule of the policy that the token needs, and those that only some features need. */
export const policyExaminations: readonly Examination[] = [
  { name: 'ACL node write', needs, look: nodeWrite },
  { name: 'ACL node read', needs, look: nodeRead },
  { name: 'ACL service write', needs, look: serviceWrite },
  { name: 'ACL mesh write', needs: needsOwn, look: meshWrite },
  { name: 'ACL gateway read', needs: needsOwn, look: gatewayRead },
  { name: 'ACL agent read', needs, look: agentRead },
];

/** What to add to the policy of the token, in HCL. */
function ruleOf({ resource, access, name }: Right, isPrefix: boolean): string {
  if (name === undefined) return `${resource} = "${access}"`;
  return `${resource}${isPrefix ? '_prefix' : ''} "${name}" { policy = "${access}" }`;
}

function judged(permission: Permission, rule: string, what: string): Finding {
  if (permission === 'granted') return ok(rule);
  if (permission === 'off') return ok('Consul asks for no token: its ACLs are off');
  const remedy = `Add ${rule} to the policy of the token.`;
  if (permission === 'untold') return skip('This Consul does not tell what a token may do.', remedy);
  return fail(`the token may not: ${what}`, remedy);
}

/**
 * Whether a right is granted wherever services of ours may be, and where it is not. A datacenter that is away is left to
 * the line of the functions.
 */
async function permitted(
  { consul, home, places }: Subject,
  right: Right,
  deadline: Deadline,
): Promise<{ permission: Permission; where: string }> {
  const permission = await consul.permission(home, right, deadline);
  if (permission !== 'granted') return { permission, where: '' };
  for (const place of (await places(deadline)).slice(1)) {
    try {
      const there = await consul.permission(place, right, deadline);
      if (there === 'denied') return { permission: there, where: inPlace(place) };
    } catch (error) {
      if (!isAppError(error)) throw error;
    }
  }
  return { permission, where: '' };
}

async function nodeWrite(subject: Subject, deadline: Deadline): Promise<Finding> {
  const { config } = subject;
  const right = { resource: 'node', access: 'write', name: config.nodeName } as const;
  const { permission, where } = await permitted(subject, right, deadline);
  const what = `create the node ${config.nodeName}${where}, and correct it`;
  const finding = judged(permission, ruleOf(right, false), what);
  if (finding.status !== 'FAIL' || where !== '' || !(await isThere(subject, deadline))) return finding;
  return {
    ...finding,
    status: 'warn',
    found: `${finding.found}; it is there, so that services can be written`,
  };
}

async function isThere({ node }: Subject, deadline: Deadline): Promise<boolean> {
  try {
    return (await node(deadline)).node !== undefined;
  } catch (error) {
    if (isAppError(error, 'UPSTREAM_AUTH')) return false;
    throw error;
  }
}

/** A name that nothing has is permitted by a rule for the prefix alone. */
async function nodeRead(subject: Subject, deadline: Deadline): Promise<Finding> {
  const { config } = subject;
  const right = { resource: 'node', access: 'read', name: probeName({ servicePrefix: '' }) } as const;
  const { permission, where } = await permitted(subject, right, deadline);
  const what = `see the services of other nodes${where}, which a function named alike would hide (${config.nodeName} aside)`;
  return judged(permission, ruleOf({ ...right, name: '' }, true), what);
}

async function serviceWrite(subject: Subject, deadline: Deadline): Promise<Finding> {
  const { config } = subject;
  const right = { resource: 'service', access: 'write', name: probeName(config) } as const;
  const { permission, where } = await permitted(subject, right, deadline);
  const rule = ruleOf({ ...right, name: config.servicePrefix }, true);
  return judged(
    permission,
    rule,
    `register services whose names begin with "${config.servicePrefix}"${where}`,
  );
}

async function meshWrite(subject: Subject, deadline: Deadline): Promise<Finding> {
  const { consul, home } = subject;
  if ((await gatewaysOf(subject, deadline)).length === 0) return notUsed;
  const right = { resource: 'mesh', access: 'write' } as const;
  const granted = await consul.permission(home, right, deadline);
  const operator = { resource: 'operator', access: 'write' } as const;
  const either = granted === 'denied' ? await consul.permission(home, operator, deadline) : granted;
  return judged(either, ruleOf(right, false), 'link services to terminating gateways');
}

async function gatewayRead(subject: Subject, deadline: Deadline): Promise<Finding> {
  const { consul, home } = subject;
  const gateways = await gatewaysOf(subject, deadline);
  for (const name of gateways) {
    const right = { resource: 'service', access: 'read', name } as const;
    const finding = judged(
      await consul.permission(home, right, deadline),
      ruleOf(right, false),
      `read the terminating gateway ${name}`,
    );
    if (finding.status !== 'ok') return finding;
  }
  return gateways.length === 0 ? notUsed : ok(`${gateways.join(', ')} can be read`);
}

const notUsed = ok('not used: no terminating gateway is named');

/** Only a federation whose primary datacenter is not named needs the agent to tell which one that is. */
async function agentRead({ consul, config }: Subject, deadline: Deadline): Promise<Finding> {
  if (config.primaryDatacenter !== undefined) return ok('not used: PRIMARY_DATACENTER is set');
  const known = await consul.datacenters(deadline);
  if (known.length < 2) return ok('not used: there is one datacenter');
  const primary = await consul.primaryDatacenter(deadline);
  if (primary !== undefined) return ok(`the agent tells that ${primary} keeps the config entries`);
  return warn(
    'the token may not ask the agent which datacenter keeps the config entries, so that each is tried',
    'Set PRIMARY_DATACENTER, or add agent_prefix "" { policy = "read" } to the policy of the token.',
  );
}
