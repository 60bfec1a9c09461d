import { writeFile } from 'node:fs/promises';
import { type AgentProcess, type AgentSite, useAgentSite } from './process.ts';
import type { EchoServer } from '../http/echo-server.ts';
import { type Answer, ask } from '../haproxy/requests.ts';
import type { BuiltProgram } from '../program-process.ts';

/** A site whose only source is a file, with the service `web` at web.example.com. */
export interface FileSite extends AgentSite {
  /** The file of the source. */
  readonly services: string;
  /** In the agent's file. */
  readonly source: string;
  /** Brings `web` to these servers. */
  serve(...servers: readonly EchoServer[]): Promise<void>;
}

/** The file of a source that names `web` by hand. */
function webAt(...servers: readonly EchoServer[]): string {
  const lines = servers.map(({ name, port }) => `      - { id: ${name}, address: 127.0.0.1, port: ${port} }`);
  return `services:
  - name: web
    routes: [{ host: web.example.com }]
    servers:
${lines.join('\n')}
`;
}

export async function useFileSite(built: BuiltProgram, ...servers: readonly EchoServer[]): Promise<FileSite> {
  const site = await useAgentSite(built);
  const services = `${site.folder}/services.yaml`;
  const source = `sources: { file: { path: ${services} } }\n`;
  const serve = (...now: readonly EchoServer[]): Promise<void> => writeFile(services, webAt(...now));
  await serve(...servers);
  await site.write(source);
  return { ...site, services, source, serve };
}

export function askWeb({ ports }: Pick<AgentSite, 'ports'>): Promise<Answer> {
  return ask({ ports, host: 'web.example.com' });
}

/** Waits until `web` has so many servers, all of which take requests, and nothing is left to do. */
export function showsWeb(agent: AgentProcess, servers = 1): ReturnType<AgentProcess['shows']> {
  return agent.shows(
    `${servers} servers of web`,
    ({ services, config }) =>
      services.some(
        (one) =>
          one.name === 'web' &&
          one.servers.length === servers &&
          one.servers.every(({ state }) => state === 'up'),
      ) && !config.pending,
  );
}
