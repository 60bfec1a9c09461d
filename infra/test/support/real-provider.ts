import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Terraform } from './terraform.ts';

/** The filesystem mirror that `TF_PLUGIN_DIR` names, if the AWS provider is in it. */
export function findProviderMirror(): string | undefined {
  const folder = process.env['TF_PLUGIN_DIR'];
  if (folder === undefined || folder === '') return undefined;
  return existsSync(join(folder, 'registry.terraform.io/hashicorp/aws')) ? folder : undefined;
}

/** Terraform with the real AWS provider out of a mirror, every call of which goes to the emulator at `endpoint`. */
export function realTerraform(binary: string, mirror: string, endpoint: string): Terraform {
  const cliConfig = join(mkdtempSync(join(tmpdir(), 'provider-')), 'terraform.rc');
  writeFileSync(
    cliConfig,
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
  );
  return new Terraform(binary, cliConfig, { AWS_ENDPOINT_URL: endpoint, AWS_EC2_METADATA_DISABLED: 'true' });
}

/** The provider as emulators want it: any key, and buckets by path. */
export const emulatedProvider = `provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "example"
  secret_key                  = "example"
  skip_credentials_validation = true
  s3_use_path_style           = true
}`;
