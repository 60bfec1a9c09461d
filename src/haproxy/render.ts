import { AppError } from '../core/errors.ts';
import type { Configuration } from './model.ts';
import { backendSections } from './sections/backends.ts';
import { baseSections, resolversSections } from './sections/base.ts';
import { frontendSection } from './sections/frontend.ts';
import { routingByName } from './sections/routing.ts';
import { pageSections, statsSections } from './sections/stats.ts';
import { linesFor } from './sections/section.ts';
import { problemsOf } from './validate.ts';

/**
 * The configuration as one file that stands alone and that HAProxy 2.6 and later accept without a warning. It names no
 * user, group or chroot and does not detach: those belong to whoever starts HAProxy. Equal models give equal bytes.
 * @throws AppError CONFIG_INVALID with everything that `problemsOf` finds in the model
 */
export function render(model: Configuration): string {
  checkModel(model);
  const routes = model.services.flatMap(({ routes }) => routes);
  return fileOf(model, [frontendSection(model, routingByName(routes)), ...backendSections(model)]);
}

/** @throws AppError CONFIG_INVALID with everything that `problemsOf` finds in the model */
export function checkModel(model: Configuration): void {
  const problems = problemsOf(model);
  if (problems.length > 0) {
    const lines = problems.map(({ field, message }) => `- ${field} ${message}`);
    throw new AppError('CONFIG_INVALID', `The HAProxy configuration is invalid:\n${lines.join('\n')}`, {
      details: { problems },
    });
  }
}

/** A whole file: what every form of it has, around the sections in which forms differ. */
export function fileOf(model: Configuration, routed: readonly string[]): string {
  return joined(headOf(model), routed, tailOf(model));
}

/** The sections of a file as its text. */
export function joined(...sections: readonly (readonly string[])[]): string {
  return `${sections.flat().join('\n\n')}\n`;
}

/** What every file begins with. */
export const firstLine = '# Written by lambda-registrator. Changes made here are lost.';

/** Sections before those in which forms differ. */
export function headOf(model: Configuration): string[] {
  return [
    firstLine,
    ...linesFor(model.frontend.tls?.fingerprint, (fingerprint) => [`# certificates: ${fingerprint}`]),
    ...baseSections(model),
    ...resolversSections(model),
    ...statsSections(model),
    ...pageSections(model),
  ];
}

/** Sections after all others. */
export function tailOf({ own }: Configuration): readonly string[] {
  return linesFor(own?.extra, (text) => [text.trimEnd()]);
}
