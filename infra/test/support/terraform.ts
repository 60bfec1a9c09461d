import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** `TERRAFORM_BIN`, or `terraform` on the PATH, or nothing. */
export function findTerraform(): string | undefined {
  const named = process.env['TERRAFORM_BIN'];
  if (named !== undefined && named !== '') return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'terraform')).find((path) => existsSync(path));
}

export interface Outcome {
  readonly ok: boolean;
  /** Standard output and error together, without frames and line breaks, so that texts are found in it. */
  readonly text: string;
}

/** What a plan would do to one thing: its address, the actions in order, and the arguments that it does not know. */
export interface PlannedChange {
  readonly address: string;
  readonly actions: readonly string[];
  readonly unknown: readonly string[];
}

interface PlanDocument {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly mode: 'managed' | 'data';
    readonly change: { readonly actions: readonly string[]; readonly after_unknown: Record<string, unknown> };
  }[];
}

/** Terraform with the providers that a CLI configuration names, and nothing from the network. */
export class Terraform {
  private readonly binary: string;
  private readonly environment: Readonly<Record<string, string>>;

  constructor(binary: string, cliConfig: string, environment: Readonly<Record<string, string>> = {}) {
    this.binary = binary;
    this.environment = { ...environment, TF_CLI_CONFIG_FILE: cliConfig, TF_CLI_ARGS: '-no-color' };
  }

  async run(folder: string, ...args: string[]): Promise<Outcome> {
    const { error, stdout, stderr } = await this.execute(folder, args);
    const text = `${stdout}\n${stderr}`.replaceAll(/[│╷╵]/g, ' ').replaceAll(/\s+/g, ' ');
    return { ok: error === null, text };
  }

  /** @throws Error with what Terraform wrote when the command fails */
  async mustRun(folder: string, ...args: string[]): Promise<void> {
    const { ok, text } = await this.run(folder, ...args);
    if (!ok) throw new Error(`terraform ${args.join(' ')}: ${text}`);
  }

  /**
   * Every change of a plan, by JSON; data sources and what stays as it is are left out.
   * @throws Error with what Terraform wrote when it cannot plan
   */
  async changes(folder: string, ...args: string[]): Promise<PlannedChange[]> {
    await this.mustRun(folder, 'plan', '-input=false', '-out=plan', ...args);
    const { stdout } = await this.execute(folder, ['show', '-json', 'plan']);
    const { resource_changes: changes = [] } = JSON.parse(stdout) as PlanDocument;
    return changes
      .filter(({ mode, change }) => mode === 'managed' && change.actions.join() !== 'no-op')
      .map(({ address, change }) => ({
        address,
        actions: change.actions,
        unknown: Object.entries(change.after_unknown).flatMap(([name, is]) => (is === true ? [name] : [])),
      }));
  }

  private async execute(folder: string, args: readonly string[]) {
    const options = { cwd: folder, env: { ...process.env, ...this.environment }, maxBuffer: 1 << 26 };
    return new Promise<{ error: Error | null; stdout: string; stderr: string }>((resolve) => {
      execFile(this.binary, args, options, (error, stdout, stderr) => resolve({ error, stdout, stderr }));
    });
  }
}
