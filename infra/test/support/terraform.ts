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

/** Terraform with a stand-in for the AWS provider, and nothing from the network. */
export class Terraform {
  private readonly binary: string;
  private readonly cliConfig: string;

  constructor(binary: string, cliConfig: string) {
    this.binary = binary;
    this.cliConfig = cliConfig;
  }

  async run(folder: string, ...args: string[]): Promise<Outcome> {
    const env = {
      ...process.env,
      TF_CLI_CONFIG_FILE: this.cliConfig,
      TF_DISABLE_PLUGIN_TLS: '1',
      TF_CLI_ARGS: '-no-color',
    };
    return new Promise((resolve) => {
      execFile(this.binary, args, { cwd: folder, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
        const text = `${stdout}\n${stderr}`.replaceAll(/[│╷╵]/g, ' ').replaceAll(/\s+/g, ' ');
        resolve({ ok: error === null, text });
      });
    });
  }
}
