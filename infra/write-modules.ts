import { fileURLToPath } from 'node:url';
import { allModules } from './module/modules.ts';
import { writeModule } from './module/write-module.ts';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
for (const source of allModules()) {
  writeModule(source, `${dist}/terraform/${source.name}`, dist);
}
