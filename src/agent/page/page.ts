import { readFile } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';

/**
 * The status page, one HTML file with its style and its script inside. The build puts it beside the bundle that serves
 * it, and the tests beside this file, so that it is found by the same name in both.
 * @throws AppError FILE_UNREADABLE where it was not built
 */
export async function loadPage(): Promise<string> {
  const file = new URL('page.html', import.meta.url);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new AppError(
      'FILE_UNREADABLE',
      `The status page ${file.pathname} is missing: run "npm run build".`,
      {
        cause,
      },
    );
  }
}
