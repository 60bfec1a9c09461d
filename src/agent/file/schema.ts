import * as z from 'zod';
import { networks } from '../../config/fields.ts';
import { besideOtherProblems } from '../../config/file-fields.ts';
import { endpointText } from '../../core/network/addresses.ts';
import { isPlainObject } from '../../core/objects.ts';
import { binds, haproxy, tls } from './haproxy.ts';
import { admin, apply, guard, health, routing } from './running.ts';
import { lambda, serviceDefaults, services } from './services.ts';
import { cloudMap, consul, docker, file, push } from './sources.ts';

/** What the agent's file may hold, with its defaults. */
export const agentFile = z
  .object({
    bind: binds.prefault([':80']),
    tls,
    trusted_proxies: networks.default([]),
    sources: z
      .object({
        cloud_map: cloudMap.optional(),
        consul: consul.optional(),
        docker: docker.optional(),
        file: file.optional(),
      })
      .prefault({}),
    lambda,
    push: push.prefault({}),
    routing,
    service_defaults: serviceDefaults,
    services,
    haproxy,
    apply,
    guard,
    health,
    admin,
  })
  .refine(({ sources, push }) => isAnswered(push) || hasSource(sources), {
    error: 'must have at least one of cloud_map, consul, docker and file',
    path: ['sources'],
    ...besideOtherProblems,
  })
  .refine(({ sources, push }) => !isAnswered(push) || !hasSource({ ...sources, docker: undefined }), {
    error: "must be docker alone where push.apply is true: the registry's answer is the configuration",
    path: ['sources'],
    ...besideOtherProblems,
  })
  .refine(({ bind, tls }) => tls !== undefined || !Array.isArray(bind) || bind.length > 0, {
    error: 'must name at least one address, unless tls is given',
    path: ['bind'],
    ...besideOtherProblems,
  })
  .superRefine(({ bind, tls, haproxy }, context) => {
    const listeners = [
      ...bind.map((address, at) => ({ address, path: ['bind', at] })),
      ...(tls?.binds ?? []).map((address, at) => ({ address, path: ['tls', 'bind', at] })),
      ...(haproxy.stats.bind ? [{ address: haproxy.stats.bind, path: ['haproxy', 'stats', 'bind'] }] : []),
    ];
    const taken = new Set<string>();
    for (const { address, path } of listeners) {
      const text = endpointText(address);
      const message = `must be another address than ${text}, where HAProxy listens already`;
      if (taken.has(text)) context.addIssue({ code: 'custom', message, path });
      taken.add(text);
    }
  });

export type AgentFile = z.output<typeof agentFile>;

/** Whether the registry's answer is the configuration; a section at fault has any value. */
function isAnswered(push: unknown): boolean {
  return isPlainObject(push) && push['apply'] === true;
}

/** Whether a source is named, also one whose keys are at fault. */
function hasSource(sources: unknown): boolean {
  return (
    typeof sources !== 'object' ||
    Object.values(sources ?? {}).some((section: unknown) => section !== undefined && section !== null)
  );
}
