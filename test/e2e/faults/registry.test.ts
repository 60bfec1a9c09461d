import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltProgram, buildProgram } from '../../support/program-process.ts';
import { candidate, tableName } from '../../support/registry/registry.ts';
import { startServedRegistry, throttled } from '../../support/whole-system/registry.ts';

let built: BuiltProgram;
beforeAll(async () => {
  built = await buildProgram('cli');
});
afterAll(() => built.remove());

describe('the table of the registry', () => {
  it('is throttled, from the start or in the middle of a report: it is refused for now, and nothing is lost', async () => {
    await using registry = await startServedRegistry({ cli: `${built.folder}/cli/index.mjs` });
    const report = async (host: string): Promise<Response> => {
      const body = {
        table: tableName,
        host,
        running: [],
        candidates: [candidate(host, { [host]: '10.0.0.1' })],
      };
      return fetch(`${registry.url}/generate`, { method: 'POST', body: JSON.stringify(body) });
    };
    const stored = async (): Promise<string[]> => {
      const answer = await fetch(`${registry.url}/services`);
      return ((await answer.json()) as { services: { serviceName: string }[] }).services.map(
        ({ serviceName }) => serviceName,
      );
    };
    expect(await report('one')).toMatchObject({ status: 200 });
    for (const [host, letThrough] of [
      ['two', 0],
      ['three', 2],
    ] as const) {
      let left = letThrough;
      registry.front.fault = () => (left-- > 0 ? undefined : throttled);
      const refused = await report(host);
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      registry.front.fault = () => undefined;
      expect(await stored()).toContain('one');
      expect(await report(host)).toMatchObject({ status: 200 });
    }
    expect(await stored()).toEqual(['one', 'three', 'two']);
  });
});
