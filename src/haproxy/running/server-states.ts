import { endpointText } from '../../core/network/addresses.ts';
import { sorted } from '../sections/section.ts';
import type { Backend, Layout, PlacedServer } from './layout.ts';

/** A server as a running HAProxy has it: a line of `show servers state`, a word a column. */
export interface ServerState {
  readonly backend: string;
  readonly server: string;
  readonly endpoint: string;
  readonly weight: number;
  /** Whether it is taken for one that answers. */
  readonly isUp: boolean;
  /** Whether somebody took it out of service, or has not yet put it in. */
  readonly isOut: boolean;
  readonly columns: readonly string[];
}

/** The first line, and what columns are called (https://docs.haproxy.org/2.6/management.html#9.3-show%20servers%20state). */
const version = '1';
const names =
  'be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port';
const columnNames = names.split(' ');
const at = (name: string): number => columnNames.indexOf(name);

/** Bits of `srv_admin_state` for maintenance and draining, whoever asked for it; another one says that an address is looked up. */
const outBits = 0x01 | 0x02 | 0x04 | 0x08 | 0x10;

/** What HAProxy answers to `show servers state`; lines that are none of a server are passed over. */
export function parseServerStates(answer: string): ServerState[] {
  return answer.split('\n').flatMap((line) => {
    const columns = line.split(' ');
    if (columns.length < columnNames.length || line.startsWith('#')) return [];
    const column = (name: string): string => columns[at(name)] ?? '';
    return [
      {
        backend: column('be_name'),
        server: column('srv_name'),
        endpoint: endpointText({ address: column('srv_addr'), port: Number(column('srv_port')) }),
        weight: Number(column('srv_uweight')),
        isUp: column('srv_op_state') !== '0',
        isOut: (Number(column('srv_admin_state')) & outBits) !== 0,
        columns,
      },
    ];
  });
}

/**
 * The state file from which the next process knows which servers are down, and where those are that go by name, so that it
 * serves them before it has looked them up. Nothing else is taken over: addresses, weights and what is in service are the
 * configuration's to say.
 */
export function stateFileOf(states: readonly ServerState[], { backends }: Pick<Layout, 'backends'>): string {
  const lines = states.flatMap((state) => {
    const wanted = backends.get(state.backend)?.servers.get(state.server);
    if (wanted === undefined || state.isOut || !isToldOn(state, wanted)) return [];
    const weight = String(wanted.weight);
    const columns = state.columns
      .with(at('srv_admin_state'), '0')
      .with(at('srv_uweight'), weight)
      .with(at('srv_iweight'), weight);
    return [columns.join(' ')];
  });
  return `${[version, `# ${names}`, ...lines].join('\n')}\n`;
}

/** Whether it is where it is wanted to be, and the next process would otherwise not know of it. */
function isToldOn({ columns, endpoint, isUp }: ServerState, wanted: PlacedServer): boolean {
  if (!wanted.isNamed) return wanted.isChecked && !isUp && wanted.endpoint === endpoint;
  const [address, name, port] = ['srv_addr', 'srv_fqdn', 'srv_port'].map((column) => columns[at(column)]);
  return address !== unresolved && wanted.endpoint.toLowerCase() === `${name}:${port}`.toLowerCase();
}

/** The address of a server whose name nobody has answered for yet. */
const unresolved = '-';

/**
 * A layout as a running HAProxy really has it, for one who did not make all of its changes: servers and routes are those
 * that were observed, all else is believed. What is as it was believed to be is the same object.
 */
export function observed(
  layout: Layout,
  states: readonly ServerState[],
  entries: ReadonlyMap<string, string>,
): Layout {
  const byBackend = new Map<string, ServerState[]>();
  for (const state of states) {
    const others = byBackend.get(state.backend);
    if (others) others.push(state);
    else byBackend.set(state.backend, [state]);
  }
  const backends = [...layout.backends].map(([name, backend]): [string, Backend] => {
    const servers = (byBackend.get(name) ?? []).map((state): [string, PlacedServer] => [
      state.server,
      asObserved(state, backend.servers.get(state.server)),
    ]);
    const isSame =
      servers.length === backend.servers.size &&
      servers.every(([server, placed]) => backend.servers.get(server) === placed);
    return [name, isSame ? backend : { ...backend, servers: new Map(sorted(servers, ([server]) => server)) }];
  });
  return { ...layout, backends: new Map(backends), map: { ...layout.map, entries } };
}

/**
 * A layout with servers of another one besides its own, for a HAProxy that may have either when it is observed: what it does
 * not tell of a server is only known from there.
 */
export function withServersOf(layout: Layout, other: Layout): Layout {
  const backends = [...layout.backends].map(([name, backend]): [string, Backend] => {
    const more = other.backends.get(name)?.servers ?? [];
    return [name, { ...backend, servers: new Map([...more, ...backend.servers]) }];
  });
  return { ...layout, backends: new Map(backends) };
}

function asObserved({ endpoint, weight, isOut }: ServerState, known: PlacedServer | undefined): PlacedServer {
  if (known === undefined) return { endpoint, weight, isOut, options: '', isChecked: false, isNamed: false };
  const isWhere = known.isNamed || known.endpoint === endpoint;
  const isAsKnown = known.weight === weight && (known.isOut ?? false) === isOut;
  if (isWhere && isAsKnown) return known;
  return { ...known, weight, isOut, endpoint: known.isNamed ? known.endpoint : endpoint };
}
