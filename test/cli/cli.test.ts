import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import type { ReconcileOptions } from '../../src/cli/registrator/reconcile.ts';
import { AppError } from '../../src/core/errors.ts';
import type { Report } from '../../src/registrator/model/report.ts';
import type { Denials } from '../../src/registrator/report/denials.ts';
import { arnOf, change, emptyReport, failure, resultOf, skip } from '../support/registrator/reports.ts';
import { recordingTerminal } from '../support/recording-terminal.ts';

const changes: Report = {
  ...emptyReport,
  counts: { ...emptyReport.counts, created: 1 },
  changes: [change('create', 'orders')],
};
const conflict: Report = { ...emptyReport, skips: [skip('conflict', 'orders')] };
const refused: Report = {
  ...changes,
  skips: [skip('delete-guard', 'a')],
  failures: [failure('b', true), failure('c', false)],
};
const workLeft: Report = { ...emptyReport, failures: [failure('c', false), failure('b', true)] };
const badTags: Report = { ...emptyReport, failures: [failure('c', false)] };

interface Run {
  code: number;
  out: string;
  err: string;
  /** The runs of the registrator, in order. */
  runs: { options: ReconcileOptions; dryRun: boolean }[];
}

async function run(
  args: string,
  outcome: Report | Error = emptyReport,
  answer?: boolean,
  denials?: Partial<Denials>,
): Promise<Run> {
  const terminal = recordingTerminal(answer);
  const runs: Run['runs'] = [];
  const code = await runCli(args.split(' '), {
    terminal,
    env: {},
    reconcile: async (options, dryRun) => {
      runs.push({ options, dryRun });
      if (outcome instanceof Error) throw outcome;
      return resultOf({ ...outcome, dryRun }, denials);
    },
  });
  return { code, out: terminal.out.join('\n'), err: terminal.err.join('\n'), runs };
}

describe('plan', () => {
  it.each([
    ['0 when there is nothing to do', emptyReport, 0],
    ['0 when there are conflicts alone', conflict, 0],
    ['0 when tags are bad but nothing would change', badTags, 0],
    ['2 when there are changes', changes, 2],
    ['3 when a guard would refuse', refused, 3],
    ['75 when it could not see everything', workLeft, 75],
  ])('exits with %s', async (_name, report, code) => {
    const { runs, ...result } = await run('plan', report);
    expect(result.code).toBe(code);
    expect(runs.map(({ dryRun }) => dryRun)).toEqual([true]);
  });

  it('prints the report alone with --json', async () => {
    const { out, err } = await run('plan --json', changes);
    expect(JSON.parse(out)).toEqual({ ...changes, dryRun: true });
    expect(err).toBe('');
  });

  it('takes functions and a policy', async () => {
    const functions = `--function ${arnOf('a')} --function ${arnOf('b')}`;
    const { runs } = await run(`plan ${functions} --policy upsert-only`);
    expect(runs[0]?.options).toMatchObject({ function: [arnOf('a'), arnOf('b')], policy: 'upsert-only' });
  });
});

describe('sync', () => {
  it.each([
    ['0 when all is done', changes, 0],
    ['0 when there are conflicts', conflict, 0],
    ['3 when a guard refused, whatever else happened', refused, 3],
    ['75 when work is left, whatever the tags', workLeft, 75],
    ['65 when tags are bad', badTags, 65],
  ])('exits with %s', async (_name, report, code) => {
    const { runs, ...result } = await run('sync --yes', report);
    expect(result.code).toBe(code);
    expect(runs.map(({ dryRun }) => dryRun)).toEqual([false]);
  });

  it('shows the plan and asks before it changes anything', async () => {
    const { code, out, err, runs } = await run('sync', changes, true);
    expect(code).toBe(0);
    expect(err).toMatch(/1 to create[^]*Change Consul as shown\?/);
    expect(out).toContain('1 created');
    expect(runs.map(({ dryRun }) => dryRun)).toEqual([true, false]);
  });

  it('changes nothing when declined', async () => {
    const { code, err, runs } = await run('sync', changes, false);
    expect(code).toBe(1);
    expect(err).toContain('Nothing was changed.');
    expect(runs.map(({ dryRun }) => dryRun)).toEqual([true]);
  });

  it('does not ask when there is nothing to change', async () => {
    const { code, err } = await run('sync', badTags, true);
    expect(code).toBe(65);
    expect(err).toBe('');
  });

  it('does nothing where there is nobody to ask', async () => {
    const { code, err, runs } = await run('sync', changes);
    expect(code).toBe(64);
    expect(err).toBe('error: There is no terminal to ask on: add --yes, or see what would change with plan.');
    expect(runs).toEqual([]);
  });

  it('keeps questions off standard output with --json', async () => {
    const { out } = await run('sync --json', changes, true);
    expect(JSON.parse(out)).toEqual(changes);
  });

  it('allows a number of deletions, in the plan that it shows too', async () => {
    const { runs } = await run('sync --allow-deletes 12', changes, true);
    expect(runs.map(({ options }) => options.allowDeletes)).toEqual([12, 12]);
  });

  it.each(['0', '-1', '1.5', '1e3', 'many', '9007199254740993'])(
    'refuses %s as a number of deletions',
    async (number) => {
      const { code, err, runs } = await run(`sync --yes --allow-deletes ${number}`, changes);
      expect(code).toBe(64);
      expect(err).toContain('must be a whole number of at least 1');
      expect(runs).toEqual([]);
    },
  );

  it('is a plan with --dry-run', async () => {
    const { code, runs } = await run('sync --dry-run', changes);
    expect(code).toBe(2);
    expect(runs.map(({ dryRun }) => dryRun)).toEqual([true]);
  });
});

describe('take-over', () => {
  it('is a sync with the owner named, after a plan with it and a question', async () => {
    const { code, err, runs } = await run('take-over --from eu/old', changes, true);
    expect(code).toBe(0);
    expect(err).toMatch(/1 to create[^]*Change Consul as shown\?/);
    expect(runs).toEqual([
      { options: { from: 'eu/old' }, dryRun: true },
      { options: { from: 'eu/old' }, dryRun: false },
    ]);
  });

  it('changes nothing when declined, or where there is nobody to ask', async () => {
    expect(await run('take-over --from old', changes, false)).toMatchObject({ code: 1 });
    const { code, err, runs } = await run('take-over --from old', changes);
    expect({ code, runs }).toEqual({ code: 64, runs: [] });
    expect(err).toContain('add --yes, or see what would change with --dry-run.');
  });

  it.each([
    ['without an owner', 'take-over --yes', '--from'],
    ['for an empty one', 'take-over --yes --from ,', 'It names no owner.'],
  ])('is refused %s', async (_what, args, named) => {
    const { code, err, runs } = await run(args, changes);
    expect({ code, runs }).toEqual({ code: 64, runs: [] });
    expect(err).toContain(named);
  });
});

describe('what the registrator was not permitted to see', () => {
  const none: Partial<Denials> = {};
  const inUse: Report = {
    ...emptyReport,
    failures: [failure('c', false), { ...failure('d', false), code: 'ENTRY_IN_USE' }],
  };

  it.each([
    ['plan', 'an incomplete view of Consul', changes, { consul: true }, 77],
    ['plan', 'every read denied by AWS', changes, { aws: 'all' }, 77],
    ['plan', 'a guard before a denial', refused, { consul: true, aws: 'all' }, 3],
    ['plan', 'changes before a partial denial', changes, { aws: 'some' }, 2],
    ['plan', 'a partial denial', emptyReport, { aws: 'some' }, 75],
    ['sync --yes', 'an incomplete view of Consul', workLeft, { consul: true }, 77],
    ['sync --yes', 'every read denied by AWS', workLeft, { aws: 'all' }, 77],
    ['sync --yes', 'a guard before a denial', refused, { aws: 'all' }, 3],
    ['sync --yes', 'a partial denial, whatever the tags', badTags, { aws: 'some' }, 75],
    ['sync --yes', 'service-defaults that another entry needs', inUse, none, 76],
  ] as const)('%s tells by its exit code: %s', async (command, _what, report, denials, code) => {
    expect((await run(command, report, undefined, denials)).code).toBe(code);
  });
});

describe('the command line', () => {
  it.each([
    ['an unknown command', 'apply', 'apply'],
    ['an unknown option', 'plan --force', '--force'],
    ['an ARN of something else', 'plan --function orders', "'orders'"],
    [
      'a Lambda@Edge replica',
      `plan --function ${arnOf('us-east-1.a')}`,
      'name the function in its own region',
    ],
    ['an unknown policy', 'sync --policy never', "'never'"],
    ['an argument too many', 'plan now', 'too many arguments'],
  ])('refuses %s, naming it', async (_name, args, named) => {
    const { code, err, runs } = await run(args);
    expect(code).toBe(64);
    expect(err).toContain(named);
    expect(runs).toEqual([]);
  });

  const helped = ['plan', 'sync', 'take-over', 'owners', 'release'].map((command) => `${command} --help`);

  it.each(['--help', ...helped, '--version'])('answers %s', async (args) => {
    const { code, out, err } = await run(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^(Usage: lambda-registrator |\d+\.\d+\.\d+$)/);
  });

  it.each([
    ['CONFIG_INVALID', 78],
    ['UPSTREAM_UNAVAILABLE', 69],
    ['UPSTREAM_TLS', 69],
    ['UPSTREAM_AUTH', 77],
    ['UPSTREAM_THROTTLED', 75],
  ] as const)('gives %s its exit code and one line', async (code, exitCode) => {
    const result = await run('plan', new AppError(code, 'Consul at 127.0.0.1:1 went away.'));
    expect(result).toMatchObject({ code: exitCode, out: '', err: 'error: Consul at 127.0.0.1:1 went away.' });
  });

  it('shows a stack of its own defects on a terminal only', async () => {
    const defect = new TypeError('x is undefined');
    expect((await run('plan', defect)).err).toBe('error: x is undefined');
    expect((await run('plan', defect, true)).err).toContain('cli.test.ts');
    expect((await run('plan', defect)).code).toBe(70);
  });
});
