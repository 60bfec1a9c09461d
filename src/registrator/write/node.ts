import { sameJson } from '../../core/same-json.ts';
import type { Deadline } from '../../core/deadline.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { sentence } from '../../core/sentence.ts';
import type { CatalogNode, NodeBody } from '../../consul/api.ts';
import type { Applier } from './applier.ts';
import type { WarningEntry } from '../model/report.ts';
import type { Observed } from '../model/snapshot.ts';

/**
 * `external-node` keeps Consul's own tools from treating the node as an agent; `external-probe=false` keeps
 * consul-esm from probing a node without an address, failing, and deleting it with all services after 72 hours
 * (https://developer.hashicorp.com/consul/docs/register/service/external).
 */
const nodeMeta = { 'external-node': 'true', 'external-probe': 'false' };

/** Whether a node's Meta must be corrected. */
function needsCorrection(node: CatalogNode): boolean {
  return !sameJson({ ...node.Meta, ...nodeMeta }, node.Meta ?? {});
}

/**
 * Creates our node, or corrects the Meta of the one that exists. Everything else about it is kept. A dry run tells of
 * the correction as a warning.
 * @returns why nothing can be registered; what may not be corrected on a node that exists is a warning only
 */
export async function ensureNode(
  applier: Applier,
  observed: Observed,
  dryRun: boolean,
  deadline: Deadline,
): Promise<AppError | undefined> {
  const { node } = observed;
  if (node !== undefined && !needsCorrection(node)) return undefined;
  if (dryRun) {
    if (node !== undefined) applier.warn(dueCorrection(applier.nodeName));
    return undefined;
  }
  const error = await writeNode(applier, node, deadline);
  return error && judged(applier, observed, error);
}

async function writeNode(
  applier: Applier,
  node: CatalogNode | undefined,
  deadline: Deadline,
): Promise<AppError | undefined> {
  const { ModifyIndex, CreateIndex: _created, ...kept }: Partial<CatalogNode> = node ?? {};
  const body: NodeBody = {
    Address: '',
    ...kept,
    Node: applier.nodeName,
    Meta: { ...node?.Meta, ...nodeMeta },
  };
  try {
    const operation = { verb: 'cas', node: body, index: ModifyIndex ?? 0 } as const;
    const [failure] = await applier.consul.transact(applier.place, [operation], deadline);
    // Somebody else was faster: with the creation we are content, a correction comes with the next sync.
    if (failure === undefined || failure.reason === 'stale') return undefined;
    const code = failure.reason === 'denied' ? 'UPSTREAM_AUTH' : 'UPSTREAM_REJECTED';
    return new AppError(code, nodeMessage(applier.nodeName, failure.message));
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
}

function dueCorrection(nodeName: string): WarningEntry {
  return {
    service: '',
    arn: '',
    tag: '',
    message: `A sync would correct the Meta of node ${nodeName} to external-node=true and external-probe=false.`,
    hint: 'Nothing needs to be done, unless it comes back: then something else writes the node.',
  };
}

function judged(applier: Applier, observed: Observed, error: AppError): AppError | undefined {
  // A node that is hidden from us may well exist.
  if (observed.node === undefined && observed.complete) return error;
  applier.warn({
    service: '',
    arn: '',
    tag: '',
    message: `Node ${applier.nodeName} should have the Meta external-node=true and external-probe=false: ${error.message}`,
    hint: `Allow node "${applier.nodeName}" { policy = "write" }, or set the Meta by hand: consul-esm deletes nodes that it cannot probe.`,
  });
  return undefined;
}

function nodeMessage(nodeName: string, reason: string): string {
  return `Consul refused to write node ${nodeName}: ${sentence(reason)} The token needs node "${nodeName}" { policy = "write" }.`;
}
