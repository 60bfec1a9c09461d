import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../package.json' with { type: 'json' };
import { programs } from '../src/local/binaries.ts';
import { readDockerfile } from './support/installation/dockerfile.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly steps?: readonly Step[];
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const textOf = (name: string): string => readFileSync(`.github/workflows/${name}.yml`, 'utf8');
const [ci, release] = ['ci', 'release'].map((name) => parse(textOf(name)) as Workflow);
const workflows = { ci, release };
const stepsOf = (workflow: Workflow | undefined): Step[] =>
  Object.values(workflow?.jobs ?? {}).flatMap(({ steps = [] }) => steps);
const matrixOf = (job: string): Readonly<Record<string, readonly unknown[]>> =>
  ci?.jobs[job]?.strategy?.matrix ?? {};

describe.each(Object.entries(workflows))('the workflow %s', (name, workflow) => {
  it('has actions by their major version, and no others but our own', () => {
    const used = [...textOf(name).matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
    expect(used.length).toBeGreaterThan(0);
    expect(
      used.filter((action) => !/^([\w-]+\/[\w-]+@v\d+|\.\/\.github\/workflows\/ci\.yml)$/.test(action)),
    ).toEqual([]);
  });

  it('calls what there is', () => {
    const commands = stepsOf(workflow)
      .flatMap(({ run }) => run ?? [])
      .join('\n');
    const called = [...commands.matchAll(/\bnpm (?:run (\S+)|(test)\b)/g)].map(
      ([, script, test]) => script ?? test ?? '',
    );
    expect(called.filter((script) => !Object.hasOwn(packageJson.scripts, script))).toEqual([]);
    const files = [...commands.matchAll(/\bbash (\S+)/g)].map(([, file = '']) => file);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('may read, and ends', () => {
    expect(workflow?.permissions).toEqual({ contents: 'read' });
    const endless = Object.entries(workflow?.jobs ?? {}).filter(
      ([, job]) => !job.uses && !job['timeout-minutes'],
    );
    expect(endless).toEqual([]);
  });
});

describe('continuous integration', () => {
  it('runs on every version of Node from the least that is supported', () => {
    const { node = [] } = matrixOf('whole');
    expect(node).toEqual(['20', '22', '24']);
    expect(packageJson.engines.node).toMatch(new RegExp(`^>=${String(node[0])}\\.`));
  });

  it('runs on HAProxy from the oldest that is taken to the one of the image', () => {
    const { haproxy = [] } = matrixOf('haproxy');
    expect(haproxy[0]).toBe(programs.haproxy.atLeast.version.join('.'));
    expect(readDockerfile('images/agent/Dockerfile').args['BASE_IMAGE']).toBe(
      `haproxy:${String(haproxy.at(-1))}`,
    );
  });

  it('runs on several versions of Consul, to the one that is installed here', () => {
    const { consul = [] } = matrixOf('consul');
    const [, installed] =
      /consulVersion = '(\d+\.\d+)\./.exec(readFileSync('scripts/setup.ts', 'utf8')) ?? [];
    expect(consul.at(-1)).toBe(installed);
  });

  it('needs no secret', () => {
    expect(textOf('ci')).not.toContain('secrets.');
  });
});

describe('a release', () => {
  const allowed = "vars.PUBLISH == 'true' && github.ref_type == 'tag'";

  it('comes after everything that must hold', () => {
    const { checked, ...others } = release?.jobs ?? {};
    expect(checked?.uses).toBe('./.github/workflows/ci.yml');
    expect(Object.values(others).map(({ needs }) => needs)).toEqual(['checked', 'artefacts']);
  });

  it('publishes where that is switched on, and uses secrets there alone', () => {
    const publishing = stepsOf(release).filter(({ run = '', uses = '', env = {} }) =>
      /npm publish|gh release|docker\/login-action|secrets\./.test(run + uses + JSON.stringify(env)),
    );
    expect(publishing).toHaveLength(3);
    expect(publishing.map((step) => step.if)).toEqual([allowed, allowed, allowed]);
    const pushes = stepsOf(release).flatMap((step) => step.with?.['push'] ?? []);
    expect(pushes).toEqual([`\${{ ${allowed} }}`]);
  });

  it('pins what images stand on', () => {
    const { include = [] } = release?.jobs['images']?.strategy?.matrix ?? {};
    const bases = (include as { program: string; base: string }[]).map(({ program, base }) => [
      program,
      base,
    ]);
    expect(bases).toEqual(
      ['proxy', 'agent'].map((program) => [
        program,
        readDockerfile(`images/${program}/Dockerfile`).args['BASE_IMAGE'],
      ]),
    );
    expect(textOf('release')).toContain('NODE_IMAGE=${{ steps.pinned.outputs.node }}');
  });
});
