import type { CatalogNode, NodeBody } from '../../consul/api.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { sentence } from '../../core/wording.ts';
import { sameJson } from '../../core/objects.ts';
import type { Place } from '../../lambda-service/place.ts';
import type { Change } from '../model/change.ts';
import type { WarningEntry } from '../model/report.ts';
import type { NodeView } from '../model/snapshot.ts';
import type { Run } from '../run.ts';

/**
 * `external-node` keeps Consul's own tools from treating the node as an agent; `external-probe=false` keeps
 * consul-esm from probing a node without an address, failing, and deleting it with all services after 72 hours
 * (https://developer.hashicorp.com/consul/docs/register/service/external).
 */
const nodeMeta = { 'external-node': 'true', 'external-probe': 'false' };

/** Whether services can be registered on our node: not, with a problem; all the same, with a warning. */
export interface NodeState {
  problem?: AppError;
  warning?: WarningEntry;
  /** Nothing is to be registered on it now, and it has been said why. */
  isHeld?: boolean;
  /** Namespaces that the node was told in this run to remember, beside `default`. */
  namespaces?: readonly string[];
  /** The change whose service-defaults have been written to see that they are copied to where the node is. */
  witness?: Change;
}

/**
 * Creates our node at a place, or corrects the Meta of the one that exists. Everything else about it is kept. A dry run
 * tells of the correction as a warning.
 * @returns why nothing can be registered; what may not be corrected on a node that exists is a warning only
 */
export async function ensureNode(run: Run, place: Place, view: NodeView | undefined): Promise<NodeState> {
  const { nodeName } = run.config;
  const node = view?.node;
  if (node !== undefined && !needsCorrection(node)) return {};
  if (run.dryRun) return node === undefined ? {} : { warning: dueCorrection(nodeName) };
  const written = await writeNode(run, place, node, nodeMeta);
  // Somebody else was faster: with the creation we are content, a correction comes with the next sync.
  const error = written === 'stale' ? undefined : written;
  // A node that is hidden may well exist, and the report says that it is hidden.
  if (error === undefined || view?.isWhole === false) return {};
  return node === undefined ? { problem: error } : { warning: uncorrected(nodeName, error) };
}

/** Whether a node's Meta must be corrected. */
function needsCorrection(node: CatalogNode): boolean {
  return !sameJson({ ...node.Meta, ...nodeMeta }, node.Meta ?? {});
}

/** Writes our node with `meta` beside what it has, check-and-set on how it was read. */
export async function writeNode(
  { consul, config, deadline }: Run,
  place: Place,
  node: CatalogNode | undefined,
  meta: Readonly<Record<string, string>>,
): Promise<AppError | 'stale' | undefined> {
  const { ModifyIndex, CreateIndex: _created, ...kept }: Partial<CatalogNode> = node ?? {};
  const body: NodeBody = {
    Address: '',
    ...kept,
    Node: config.nodeName,
    Meta: { ...node?.Meta, ...meta },
  };
  try {
    const operation = { verb: 'cas', node: body, index: ModifyIndex ?? 0 } as const;
    const [failure] = await consul.transact(place, [operation], deadline);
    if (failure === undefined) return undefined;
    if (failure.reason === 'stale') return 'stale';
    const code = failure.reason === 'denied' ? 'UPSTREAM_AUTH' : 'UPSTREAM_REJECTED';
    return new AppError(code, refusedText(config.nodeName, failure.message));
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

function uncorrected(nodeName: string, error: AppError): WarningEntry {
  return {
    service: '',
    arn: '',
    tag: '',
    message: `Node ${nodeName} should have the Meta external-node=true and external-probe=false: ${error.message}`,
    hint: `Allow node "${nodeName}" { policy = "write" }, or set the Meta by hand: consul-esm deletes nodes that it cannot probe.`,
  };
}

function refusedText(nodeName: string, reason: string): string {
  return `Consul refused to write node ${nodeName}: ${sentence(reason)} The token needs node "${nodeName}" { policy = "write" }.`;
}
