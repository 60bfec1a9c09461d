import type { Action, Report } from '../../registrator/model/report.ts';
import type { Reconciled } from '../system/registrator.ts';

const signs: Record<Action, string> = { create: '+', update: '~', adopt: '~', delete: '-' };

/** What an event came to, a line for everything that is other than before, or that did not succeed. */
export function reconciledLines({ outcome }: Reconciled): string[] {
  if (outcome instanceof Error) return [`x ${outcome.message}`];
  const { report } = outcome;
  return [
    ...report.changes.map(({ action, service }) => `${signs[action]} ${service}`),
    ...troubleLines(report),
  ];
}

/** What was left as it is, and what failed. */
export function troubleLines({ skips, failures }: Report): string[] {
  return [
    ...skips.map(({ service, reason, message }) => `! ${service} (${reason}): ${message}`),
    ...failures.map(({ service, code, message }) => `x ${service} (${code}): ${message}`),
  ];
}
