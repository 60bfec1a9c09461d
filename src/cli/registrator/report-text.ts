import type { Action, Report } from '../../registrator/model/report.ts';
import type { Colour, Paint } from '../paint.ts';

const signs: Record<Action, { sign: string; colour: Colour }> = {
  create: { sign: '+', colour: 'green' },
  update: { sign: '~', colour: 'yellow' },
  adopt: { sign: '~', colour: 'yellow' },
  delete: { sign: '-', colour: 'red' },
};

/**
 * A report for people: every change with its reason and the fields that differ, then what was skipped, warned of or
 * failed with what to do about it, and the totals.
 */
export function reportText(report: Report, paint: Paint): string {
  const sections = [
    changes(report, paint),
    section(
      'Skipped:',
      report.skips.map(({ service, arn, reason, message, hint }) =>
        item(paint('cyan', '!'), titled(service, reason), [arn, message, `→ ${hint}`]),
      ),
    ),
    section(
      'Warnings:',
      report.warnings.map(({ service, arn, tag, message, hint }) =>
        item(paint('yellow', '!'), titled(service, tag), [arn, message, `→ ${hint}`]),
      ),
    ),
    section(
      'Failed:',
      report.failures.map(({ service, arn, code, message, retryable }) =>
        item(paint('red', 'x'), titled(service, code), [
          arn,
          message,
          retryable ? 'It is worth trying again.' : '',
        ]),
      ),
    ),
    totals(report),
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

function changes(report: Report, paint: Paint): string {
  const items = report.changes.map(({ action, service, arn, fields, reason }) => {
    const { sign, colour } = signs[action];
    const title = action === 'adopt' ? `${service} (adopt)` : service;
    return item(paint(colour, sign), paint(colour, title), [
      arn,
      reason,
      ...fields.map((field) => `~ ${field}`),
    ]);
  });
  return section(report.dryRun ? 'Consul would change:' : 'Consul was changed:', items);
}

function section(heading: string, items: readonly string[]): string {
  return items.length === 0 ? '' : [heading, ...items].join('\n');
}

/** What concerns no service in particular has no title: then the first line takes its place. */
function item(sign: string, title: string, lines: readonly string[]): string {
  const [first, ...others] = [title, ...lines].filter((line) => line !== '');
  return [`  ${sign} ${first}`, ...others.map((line) => `      ${line}`)].join('\n');
}

/** The service and, in brackets, what it is about. */
function titled(service: string, about: string): string {
  return [service, about && `(${about})`].filter((part) => part !== '').join(' ');
}

function totals({ dryRun, complete, counts }: Report): string {
  const { created, updated, deleted, unchanged, skipped, failed } = counts;
  const changed = dryRun
    ? `Plan: ${created} to create, ${updated} to update, ${deleted} to delete`
    : `Done: ${created} created, ${updated} updated, ${deleted} deleted`;
  const rest = `${unchanged} unchanged, ${skipped} skipped, ${failed} failed.`;
  return [`${changed}; ${rest}`, ...(complete ? [] : [incomplete])].join('\n');
}

const incomplete =
  'This is not the whole picture: the entries above say what could not be seen or was refused.';
