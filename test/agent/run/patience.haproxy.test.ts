import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildAgent } from '../../support/agent/process.ts';
import { type EchoServer, startEchoServer } from '../../support/http/echo-server.ts';
import { askWeb, showsWeb, useFileSite } from '../../support/agent/file-site.ts';
import type { BuiltProgram } from '../../support/program-process.ts';

let built: BuiltProgram;
let one: EchoServer;

beforeAll(async () => {
  built = await buildAgent();
  one = await startEchoServer('one');
});
afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await built.remove();
});

/** Nobody listens there. */
const away = 'consul: { address: "http://127.0.0.1:9" }';

it('takes nothing away that it does not remember, while a source has told nothing', async () => {
  const site = await useFileSite(built, one);
  const first = site.start();
  await showsWeb(first);
  first.child.kill('SIGKILL');
  await first.ended;
  await rm(`${site.state}/snapshot.json`);
  await writeFile(site.services, 'services: []\n');
  await site.write(`sources: { file: { path: ${site.services} }, ${away} }\napply: { start_wait: 100ms }\n`);
  const second = site.start();
  await second.shows('that Consul is away', ({ sources }) =>
    sources.some(({ name, failures }) => name === 'consul' && failures > 1),
  );
  expect(await askWeb(site)).toMatchObject({ status: 200 });
  await site.write(site.source);
  second.child.kill('SIGHUP');
  await second.shows(
    'that nothing is served',
    ({ services, changes }) => services.length === 0 && changes.length > 0,
  );
  expect(await askWeb(site)).toMatchObject({ status: 404 });
});

it('waits for sources that are new in its file before it takes away what others told', async () => {
  const site = await useFileSite(built, one);
  const agent = site.start();
  await showsWeb(agent);
  const other = `${site.folder}/other.yaml`;
  await writeFile(
    other,
    `services: [{ name: other, routes: [{ host: other.example.com }], servers: [{ address: 127.0.0.1, port: ${one.port} }] }]\n`,
  );
  await site.write(`sources: { file: { path: ${other} }, ${away} }\napply: { start_wait: 2s }\n`);
  agent.child.kill('SIGHUP');
  await agent.says('"reloaded"');
  await agent.shows('the other file', ({ sources }) => sources.some(({ name, ok }) => name === 'file' && ok));
  expect(await askWeb(site)).toMatchObject({ status: 200 });
  await agent.shows('the other service', ({ services }) => services.some(({ name }) => name === 'other'));
});
