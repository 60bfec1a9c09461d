import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allModules } from '../../module/modules.ts';
import { writeModule } from '../../module/write-module.ts';
import { emptyBundles } from './configurations.ts';
import { type OfflineProvider, startOfflineProvider } from './offline-provider.ts';
import { schemasOf } from './offline-schemas.ts';
import { Terraform } from './terraform.ts';

export const examplesFolder = fileURLToPath(new URL('../../../examples', import.meta.url));

/** Modules and examples laid out as in the repository, and root modules of tests that call them. */
export class Workspace {
  readonly root = mkdtempSync(join(tmpdir(), 'terraform-'));
  private readonly providers: OfflineProvider[] = [];

  constructor() {
    for (const source of allModules()) {
      writeModule(source, join(this.root, 'dist/terraform', source.name), emptyBundles);
    }
    cpSync(examplesFolder, join(this.root, 'examples'), { recursive: true });
  }

  /** A root module of a test, written or written anew; the answer is its folder. */
  caller(name: string, text: string): string {
    const folder = join(this.root, 'callers', name.replaceAll(' ', '-'));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'main.tf'), text);
    return folder;
  }

  /** Terraform with a stand-in for the AWS provider that knows what is used in here by now. */
  async offlineTerraform(binary: string): Promise<Terraform> {
    const provider = await startOfflineProvider(schemasOf([this.root]));
    this.providers.push(provider);
    const cliConfig = join(this.root, 'terraform.rc');
    writeFileSync(cliConfig, '');
    return new Terraform(binary, cliConfig, provider.environment);
  }

  remove(): void {
    for (const provider of this.providers) provider.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A call of a module of the workspace, with one argument a line. */
export function moduleCall(label: string, source: string, ...lines: string[]): string {
  return [
    `module "${label}" {`,
    `  source = "../../dist/terraform/${source}"`,
    ...lines.map((line) => `  ${line}`),
    '}',
  ].join('\n');
}
