import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../../src/haproxy/running/layout.ts';
import {
  observed,
  parseServerStates,
  stateFileOf,
  withServersOf,
} from '../../../src/haproxy/running/server-states.ts';
import { configuration, service } from '../../support/haproxy/models.ts';

const heading = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
`;
const line = (name: string, address: string, up: number, admin: number, weight: number, port = 80): string =>
  `4 be_web 1 ${name} ${address} ${up} ${admin} ${weight} 10 1 8 2 0 6 0 0 0 - ${port} - 0 0 - - 0\n`;

const layout = layoutOf(
  configuration({
    services: [
      service('web', [{ host: 'a' }], {
        servers: ['1', '2', '3'].map((id) => ({ id, address: `10.0.0.${id}`, port: 80, weight: 7 })),
      }),
    ],
  }),
  '/maps/routes.map',
);

describe('the servers of a running HAProxy', () => {
  it('are read with address, weight and what they are', () => {
    const states = parseServerStates(
      heading + line('s_1', '2001:db8::1', 2, 0, 0) + line('s_2', '10.0.0.2', 0, 1, 3),
    );
    expect(states).toMatchObject([
      { backend: 'be_web', server: 's_1', endpoint: '[2001:db8::1]:80', weight: 0, isUp: true, isOut: false },
      { backend: 'be_web', server: 's_2', endpoint: '10.0.0.2:80', weight: 3, isUp: false, isOut: true },
    ]);
  });

  it('are told to the next process where they are down; weights are those that are wanted', () => {
    const states = parseServerStates(
      heading +
        line('s_1', '10.0.0.1', 0, 0, 3) +
        line('s_2', '10.0.0.2', 2, 0, 3) +
        line('s_3', '10.0.0.9', 0, 0, 3) +
        line('s_4', '10.0.0.4', 0, 0, 3),
    );
    const down = line('s_1', '10.0.0.1', 0, 0, 7).replace(' 7 10 ', ' 7 7 ');
    expect(stateFileOf(states, layout)).toBe(heading + down);
    expect(stateFileOf([], layout)).toBe(heading);
  });

  it('are told to the next process where they go by name and have been looked up, up or down', () => {
    const named = layoutOf(
      configuration({
        services: [
          service('web', [{ host: 'a' }], {
            servers: ['1', '2', '3', '4'].map((id) => ({ id, address: `w${id}.internal`, port: 80 })),
          }),
        ],
      }),
      '/maps/routes.map',
    );
    const stateAt = (id: string, address: string, name: string, up: number): string =>
      line(`s_${id}`, address, up, 0, 1).replace(' - 80', ` ${name} 80`).replace(' 1 10 ', ' 1 1 ');
    const known = stateAt('1', '10.0.0.1', 'W1.internal', 2) + stateAt('2', '10.0.0.2', 'w2.internal', 0);
    const unknown = stateAt('3', '-', 'w3.internal', 0) + stateAt('4', '10.0.0.4', 'other.internal', 2);
    expect(stateFileOf(parseServerStates(heading + known + unknown), named)).toBe(heading + known);
  });

  it('take the place of those that a layout has, strangers too', () => {
    const states = parseServerStates(
      heading + line('s_1', '10.0.0.9', 2, 0, 3) + line('s_9', '10.0.0.1', 2, 1, 3).replace(' 80 ', ' 81 '),
    );
    const found = observed(layout, states, new Map([['b/', 'be_web/0/plain']]));
    const [known] = [...(layout.backends.get('be_web')?.servers.values() ?? [])];
    expect(found.backends.get('be_web')?.servers).toEqual(
      new Map([
        ['s_1', { ...known, endpoint: '10.0.0.9:80', weight: 3, isOut: false }],
        [
          's_9',
          { endpoint: '10.0.0.1:81', weight: 3, isOut: true, options: '', isChecked: false, isNamed: false },
        ],
      ]),
    );
    expect(found.map.entries).toEqual(new Map([['b/', 'be_web/0/plain']]));
  });
});

it('is the same object where a running HAProxy has what was believed', () => {
  const lines = ['1', '2', '3'].map((id) => line(`s_${id}`, `10.0.0.${id}`, 2, 0, 7));
  const same = observed(layout, parseServerStates(heading + lines.join('')), layout.map.entries);
  expect(same.backends.get('be_web')).toBe(layout.backends.get('be_web'));
  const other = observed(layout, parseServerStates(heading + lines.slice(1).join('')), new Map());
  expect([...(other.backends.get('be_web')?.servers.keys() ?? [])]).toEqual(['s_2', 's_3']);
  const both = withServersOf(other, layout).backends.get('be_web');
  expect(both).toEqual(layout.backends.get('be_web'));
});
