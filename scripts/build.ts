import { buildBundle, bundles } from './bundles.ts';

/** All programs, or those that are named. */
const named = process.argv.slice(2);
const unknown = named.filter((name) => !bundles.some(({ program }) => program === name));
if (unknown.length > 0) throw new Error(`There is no program ${unknown.join(', ')}.`);

for (const bundle of bundles) {
  if (named.length === 0 || named.includes(bundle.program)) await buildBundle(bundle, 'dist');
}
