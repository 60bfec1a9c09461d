import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { findHadolint } from '../../scripts/setup/linters.ts';

const hadolint = findHadolint();
if (hadolint === undefined)
  console.log(
    'hadolint is not installed: Dockerfiles are not linted. `npx tsx scripts/linters.ts` installs it.',
  );

/** What hadolint says of a Dockerfile, or of a text in the place of `-`. */
function findings(file: string, input = ''): string {
  const { error, stdout, stderr } = spawnSync(hadolint ?? '', ['--no-color', file], {
    encoding: 'utf8',
    input,
  });
  if (error) throw error;
  return stdout + stderr;
}

describe.runIf(hadolint)('hadolint', () => {
  it.each(['proxy', 'agent'])('finds nothing in the Dockerfile of the %s', (program) => {
    expect(findings(`images/${program}/Dockerfile`)).toBe('');
  });

  it('finds what there is, so that nothing means something', () => {
    expect(findings('-', 'FROM node:latest\nRUN cd /tmp\n')).toMatch(/DL3007 [^]*DL3003 /);
  });
});
