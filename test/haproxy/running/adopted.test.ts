import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../../src/haproxy/model.ts';
import { render } from '../../../src/haproxy/render.ts';
import { adoptedLayout } from '../../../src/haproxy/running/adopted.ts';
import { changesBetween } from '../../../src/haproxy/running/changes.ts';
import { configText, type Layout, layoutOf } from '../../../src/haproxy/running/layout.ts';
import { arbitraryAgentConfiguration } from '../../support/haproxy/arbitraries.ts';
import { configuration, service } from '../../support/haproxy/models.ts';
import { tries } from '../../support/explorations.ts';

const layout = (model: Configuration): Layout => layoutOf(model, '/maps/routes.map');
const adopted = (running: Layout, wanted: Layout): Layout =>
  adoptedLayout(configText(running), wanted, running.map.entries);
const any = arbitraryAgentConfiguration('/etc/certificates').map(layout);

describe('the layout of a file that an earlier agent wrote', () => {
  it('is the one that it was made of', () => {
    fc.assert(
      fc.property(any, (layout) => {
        expect(adopted(layout, layout)).toEqual(layout);
      }),
      tries(),
    );
  });

  it('takes the same commands, and a reload wherever the other takes one', () => {
    fc.assert(
      fc.property(any, any, fc.constantFrom([2, 6] as const, [3, 0] as const), (before, wanted, version) => {
        const known = changesBetween(before, wanted, version);
        const found = changesBetween(adopted(before, wanted), wanted, version);
        expect(found.runtime).toEqual(known.runtime);
        expect(found.reload === undefined && known.reload !== undefined).toBe(false);
      }),
      tries(),
    );
  });

  it('gives the same file again, whatever is wanted', () => {
    fc.assert(
      fc.property(any, any, (before, wanted) => {
        expect(configText(adopted(before, wanted))).toBe(configText(before));
      }),
      tries(),
    );
  });
});

const web = service('web', [{ host: 'a' }], { servers: [{ id: '1', address: '10.0.0.1', port: 80 }] });
const model = configuration({ services: [web] });
const tls = (fingerprint: string): Configuration['frontend'] => ({
  ...model.frontend,
  tls: { binds: [{ address: '', port: 443 }], certificate: '/certs', minVersion: 'TLSv1.2', fingerprint },
});
const reloadFrom = (text: string, wanted: Configuration): string | undefined => {
  const goal = layout(wanted);
  return changesBetween(adoptedLayout(text, goal, goal.map.entries), goal, [3, 0]).reload?.reason;
};

describe('a file that asks for a reload', () => {
  it('has other sections around its backends', () => {
    const before = configText(layout(model));
    expect(reloadFrom(before, model)).toBeUndefined();
    expect(reloadFrom(before, { ...model, own: { extra: 'backend x\n' } })).toBe('base');
    expect(reloadFrom(before, { ...model, frontend: tls('a1') })).toBe('base');
    expect(reloadFrom(configText(layout({ ...model, own: { extra: 'backend x\n' } })), model)).toBe('base');
  });

  it('tells of other certificates', () => {
    const before = configText(layout({ ...model, frontend: tls('a1') }));
    expect(reloadFrom(before, { ...model, frontend: tls('a1') })).toBeUndefined();
    expect(reloadFrom(before, { ...model, frontend: tls('a2') })).toBe('certificates');
  });

  it('takes fewer segments off, not more', () => {
    const deep = (segments: number): Configuration => ({
      ...model,
      services: [{ ...web, routes: [{ path: '/s'.repeat(segments), strip: true, tls: false }] }],
    });
    expect(reloadFrom(configText(layout(deep(5))), deep(7))).toBe('route_changed');
    expect(reloadFrom(configText(layout(deep(7))), deep(5))).toBeUndefined();
  });

  it.each([
    '',
    '\n',
    'global\n    maxconn 5\n',
    '# web:\nbackend be_web\n    server s_1 10.0.0.1:80 weight 1\n',
  ])('is not ours: %j', (text) => {
    const found = adoptedLayout(text, layout(model), new Map());
    expect(found.backends.size).toBe(0);
    expect(reloadFrom(text, model)).toBe('base');
  });

  it('stands alone, without a map', () => {
    expect(reloadFrom(render(model), model)).toBe('base');
  });
});

it('takes no section of an administrator for a service', () => {
  const text = 'global\n\n# web:\nbackend be_web\n    mode http\n\n# x:\nbackend be_x\n    mode http\n';
  const own = layout({ ...model, own: { base: text, extra: text } });
  expect(adopted(own, own)).toEqual(own);
  const empty = layout({ ...model, services: [], own: { base: text, extra: text } });
  expect(adopted(empty, empty)).toEqual(empty);
});
