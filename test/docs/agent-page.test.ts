import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readAgentConfig } from '../../src/agent/config.ts';
import { agentFile } from '../../src/agent/file/schema.ts';
import { readServicesFile } from '../../src/agent/sources/services-file.ts';
import { blocksOf } from './pages.ts';

const page = readFileSync('docs/agent.md', 'utf8');
const yaml = blocksOf(page).filter(({ language }) => language === 'yaml');
const shownWith = (word: string): string =>
  yaml.findLast(({ lines }) => lines.some((line) => line.startsWith(word)))?.lines.join('\n') ?? '';
const [file, services] = [shownWith('push:'), shownWith('services:')];

/** What a file says that has nothing but what it must. */
const least = `
tls: { certs: /etc/haproxy/certs }
sources: { cloud_map: { region: eu-central-1, namespaces: [{ namespace: cluster, domain: example.com }] }, consul: {}, docker: {}, file: {} }
lambda: {}
services: { web: { check: /healthz, snippet: ['http-request set-header x-a b'] } }
admin: {}
`;

it("says the defaults of the agent's file", () => {
  const shown = readAgentConfig(file, 'agent.yaml', {});
  expect(shown.warnings).toEqual([]);
  expect(shown.config).toEqual(readAgentConfig(least, 'agent.yaml', {}).config);
});

it('names every key of it', () => {
  const named = (text: string): boolean => new RegExp(`\\b${text}:`).test(file);
  expect(Object.keys(agentFile.shape).filter((key) => !named(key))).toEqual([]);
});

it('shows a file of services that is taken', () => {
  const { sightings, problems } = readServicesFile(services, 'services.yaml');
  expect([...sightings.keys()]).toEqual(['web']);
  expect(problems).toEqual([]);
});

it('shows no other file that is not taken as it is', () => {
  const files = yaml.filter(({ lines }) => lines.some((line) => line.startsWith('sources:')));
  expect(files.length).toBeGreaterThan(2);
  for (const { lines } of files)
    expect(readAgentConfig(lines.join('\n'), 'agent.yaml', {}).warnings).toEqual([]);
});
