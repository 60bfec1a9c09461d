import { expect, it } from 'vitest';
import { withServices } from '../../src/haproxy-process/services-behind.ts';
import { render } from '../../src/haproxy/render.ts';
import { configuration, service } from '../support/haproxy/models.ts';

const names = ['api', 'shop', 'cart', 'mail', 'blog', 'wiki', 'docs'];
const named = names.map((name) =>
  service(name, [{ host: `${name}.example.com` }], {
    servers: [{ id: `${name}-1`, address: `${name}.internal`, port: 80 }],
  }),
);
const plain = service('web', [{ host: 'web.example.com' }, { host: 'web.example.org' }], {
  servers: [{ id: 'w1', address: '10.0.0.1', port: 80 }],
});
const text = render(configuration({ services: [plain, ...named.slice(0, 1)] }));

/** The number of the first line that contains `words`. */
function lineOf(words: string, from = text): number {
  return from.split('\n').findIndex((line) => line.includes(words)) + 1;
}

it.each(['server s_w1', 'backend r_web.example.com', 'server s_w1 10.0.0.1:80 track'])(
  'names the service whose backend holds the line of %s',
  (words) => {
    const message = `parsing [haproxy.cfg:${lineOf(words)}] : unknown keyword 'nonsense'.`;
    expect(withServices(message, text)).toBe(`${message} (of the service web)`);
  },
);

it('names the services that need the resolvers', () => {
  const at = (from: string): string =>
    `config : parsing [/etc/haproxy/haproxy.cfg:${lineOf('parse-resolv-conf', from)}]: failed to open /etc/resolv.conf.`;
  expect(withServices(at(text), text)).toBe(`${at(text)} (of the service api)`);
  const many = render(configuration({ services: [plain, ...named] }));
  expect(withServices(at(many), many)).toBe(
    `${at(many)} (of the services api, blog, cart, docs, mail and 2 more)`,
  );
});

it('names the service of a backend that is named without a line', () => {
  const message = "Proxy 'r_api.example.com': something is wrong with 'server r_api.example.com/s_api-1'.";
  expect(withServices(message, text)).toBe(`${message} (of the service api)`);
});

it('explains each line of several, and leaves alone what is of no service', () => {
  const messages = [
    `[ALERT] (1) : config : [haproxy.cfg:${lineOf('server s_api-1')}] : 'server r_api.example.com/s_api-1' : no`,
    `[ALERT] (1) : config : parsing [haproxy.cfg:${lineOf('bind 127')}] : no`,
    'Fatal errors found in configuration.',
  ];
  expect(withServices(messages.join('\n'), text).split('\n')).toEqual([
    `${messages[0]} (of the service api)`,
    ...messages.slice(1),
  ]);
});
