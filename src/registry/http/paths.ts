/**
 * The path of a resource: without `prefix`, a stage or a base path with its leading slash (empty for none), where the
 * path begins with it. The bytes stay as they are otherwise.
 */
export function resourcePath(path: string, prefix: string): string {
  const below = path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
  return below || '/';
}
