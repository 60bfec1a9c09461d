import { expect, it } from 'vitest';
import { healthOf } from '../../../src/agent/apply/health.ts';
import { kindsOf, runtimeChange } from '../../../src/agent/apply/telling.ts';
import type { Command } from '../../../src/haproxy/running/commands.ts';
import { layoutOf } from '../../../src/haproxy/running/layout.ts';
import { configuration, service } from '../../support/haproxy/models.ts';

const layout = layoutOf(
  configuration({ services: [service('web', [{ host: 'a.example' }]), service('shop', [{ path: '/s' }])] }),
  '/routes.map',
);
const weight = (server: string, backend = 'be_web'): Command => ({
  kind: 'weight',
  backend,
  server,
  weight: 7,
});
const map: Command = { kind: 'map', ...layout.map };

it('tells changes that came together as one, with their kinds and the service where it is one', () => {
  const commands: Command[] = [
    weight('s_1'),
    { kind: 'address', backend: 'be_web', server: 's_2', endpoint: '10.0.0.1:80' },
    weight('s_3'),
  ];
  expect(runtimeChange(commands, layout)).toEqual({
    how: 'runtime',
    reason: 'weight, address',
    service: 'web',
    detail: 'weight be_web/s_1 7, address be_web/s_2 10.0.0.1:80, weight be_web/s_3 7',
  });
  expect(kindsOf(commands)).toEqual({ weight: 2, address: 1 });
});

it('names no service where there are several, and the first of many changes', () => {
  const many = [1, 2, 3, 4, 5, 6, 7].map((at) => weight(`s_${at}`, at > 3 ? 'be_shop' : 'be_web'));
  expect(runtimeChange(many, layout)).toMatchObject({
    service: undefined,
    detail: expect.stringMatching(/s_5 7 and 2 more$/) as string,
  });
  expect(runtimeChange([map], layout)).toMatchObject({ reason: 'map', detail: 'map of 2 routes' });
});

it('reads how servers do', () => {
  const heading = '# pxname,svname,status,weight,check_status';
  const rows = [
    'be_web,s_1,UP,1,L4OK',
    'be_web,s_2,UP,0,L7OK',
    'be_web,s_3,DOWN 1/2,1,* L4CON',
    'be_web,s_4,MAINT (via be/s),1,',
    'be_web,s_5,UP,1,* INI',
    'be_web,s_6,no check,1,',
    'be_web,s_7,DRAIN,1,L4OK',
  ];
  const states = [...healthOf([heading, ...rows, ''].join('\n'))].map(
    ([name, { state, health }]) => `${name} ${state} ${health}`,
  );
  expect(states).toEqual([
    'be_web/s_1 up L4OK',
    'be_web/s_2 drain L7OK',
    'be_web/s_3 down L4CON',
    'be_web/s_4 maint ',
    'be_web/s_5 checking INI',
    'be_web/s_6 up ',
    'be_web/s_7 drain L4OK',
  ]);
});
