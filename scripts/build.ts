import { buildBundle, bundles } from './bundles.ts';

for (const bundle of bundles) await buildBundle(bundle, 'dist');
