import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Reading, RunningSource } from '../../../src/agent/model/sighting.ts';
import { startFileSource } from '../../../src/agent/sources/file.ts';
import { readServicesFile } from '../../../src/agent/sources/services-file.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { waitUntil } from '../../support/wait-until.ts';

const full = `
services:
  - name: web
    routes: [{ host: a.example, path: /api, strip: true, percent: 10, tls: true }]
    servers:
      - { id: one, address: 10.0.0.1, port: 8080, weight: 5 }
      - { address: 10.0.0.2 }
    port: 80
    weight: 7
    check: /healthz
    sticky: true
    maxconn: 5
  - name: bare
`;

const read = (text: string): Reading => readServicesFile(text, 'services.yaml');

describe('a file of services', () => {
  it('tells of services, their routes, servers and options', () => {
    expect(read(full)).toEqual({
      isWhole: true,
      unread: new Set(),
      problems: [],
      sightings: new Map([
        [
          'web',
          {
            service: 'web',
            isFunction: false,
            attributes: { check: '/healthz', sticky: 'true', maxconn: '5' },
            fallback: [{ host: 'a.example', path: '/api', strip: true, percent: 10, tls: true }],
            instances: [
              {
                id: 'one',
                address: '10.0.0.1',
                port: 8080,
                weight: 1,
                state: 'ready',
                attributes: { weight: '5' },
                routes: [],
              },
              {
                id: '10.0.0.2:80',
                address: '10.0.0.2',
                port: 80,
                weight: 1,
                state: 'ready',
                attributes: { weight: '7' },
                routes: [],
              },
            ],
          },
        ],
        ['bare', { service: 'bare', isFunction: false, attributes: {}, fallback: [], instances: [] }],
      ]),
    });
  });

  it('may be empty', () => {
    expect(read('').sightings.size).toBe(0);
  });

  it('tells of keys that it does not know', () => {
    expect(read('services: [{ name: a, chek: /x }]').problems).toEqual([
      {
        source: 'file',
        service: undefined,
        instance: undefined,
        message: 'services.yaml:1: services[0].chek: unknown key, ignored; did you mean check?',
      },
    ]);
  });

  it.each([
    ['services: {}', '1: services: must be a list'],
    ['services:\n  - routes: []', '2: services[0].name: is required'],
    ['services: [{ name: a }, { name: a }]', '1: services[1].name: is given already'],
    [
      'services: [{ name: a, routes: [{ strip: true }] }]',
      '1: services[0].routes[0]: must have a host or a path',
    ],
    ['services: [{ name: a, servers: [{ port: 1 }] }]', '1: services[0].servers[0].address: is required'],
    ['services: [{ name: a, check: [x] }]', '1: services[0].check: must be a text, a number, true or false'],
    ['services: [', '1: is no YAML'],
  ])('is not believed with %j', (text, problem) => {
    expect(() => read(text)).toThrow(`services.yaml:${problem}`);
  });
});

describe('the source', () => {
  let folder: string;
  let file: string;
  let source: RunningSource | undefined;
  let heard: string[];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'services-'));
    file = path.join(folder, 'services.yaml');
    heard = [];
  });
  afterEach(async () => {
    source?.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(): void {
    source = startFileSource(
      file,
      {
        onReading: ({ sightings }) => heard.push([...sightings.keys()].join()),
        onFailure: (error) => heard.push(messageOf(error)),
      },
      { settleMs: 20, pollMs: 50 },
    );
  }
  const hears = (text: string, count: number) =>
    waitUntil(text, () => heard.length >= count && heard.at(-1)?.includes(text) === true);

  it('reads the file at once, whenever it changes, and when it is asked to', async () => {
    writeFileSync(file, 'services: [{ name: a }]');
    start();
    await hears('a', 1);
    writeFileSync(file, 'services: [{ name: a }, { name: b }]');
    await hears('a,b', 2);
    source?.refresh();
    await hears('a,b', 3);
    expect(heard).toEqual(['a', 'a,b', 'a,b']);
  });

  it('tells of a file that is not there or makes no sense, and goes on', async () => {
    start();
    await hears('cannot be read', 1);
    writeFileSync(file, 'services: x');
    await hears('services: must be a list', 2);
    writeFileSync(file, 'services: [{ name: a }]');
    await hears('a', 3);
    await unlink(file);
    await hears('cannot be read', 4);
    expect(heard).toHaveLength(4);
  });

  it('tells nothing once it is closed', async () => {
    writeFileSync(file, 'services: [{ name: a }]');
    start();
    await hears('a', 1);
    source?.refresh();
    source?.close();
    start();
    await hears('a', 2);
    expect(heard).toEqual(['a', 'a']);
  });
});
