import { AppError } from '../core/errors.ts';
import type { Configuration } from './model.ts';
import { backendSections } from './sections/backends.ts';
import { defaultsSection, globalSection, resolversSections } from './sections/base.ts';
import { frontendSection } from './sections/frontend.ts';
import { statsSections } from './sections/stats.ts';
import { problemsOf } from './validate.ts';

/**
 * The configuration as one file that stands alone and that HAProxy 2.6 and later accept without a warning. It names no
 * user, group or chroot and does not detach: those belong to whoever starts HAProxy. Equal models give equal bytes.
 * @throws AppError CONFIG_INVALID with everything that `problemsOf` finds in the model
 */
export function render(model: Configuration): string {
  const problems = problemsOf(model);
  if (problems.length > 0) {
    const lines = problems.map(({ field, message }) => `- ${field} ${message}`);
    throw new AppError('CONFIG_INVALID', `The HAProxy configuration is invalid:\n${lines.join('\n')}`, {
      details: { problems },
    });
  }
  const sections = [
    '# Written by lambda-registrator. Changes made here are lost.',
    globalSection(model),
    defaultsSection(model),
    ...resolversSections(model),
    ...statsSections(model),
    frontendSection(model),
    ...backendSections(model),
  ];
  return `${sections.join('\n\n')}\n`;
}
