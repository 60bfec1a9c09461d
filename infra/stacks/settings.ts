import { readFileSync } from 'node:fs';
import { registratorInputs } from '../inputs/registrator.ts';
import { registryInputs } from '../inputs/registry.ts';
import { InputError, type Inputs, snakeCase } from '../values/inputs.ts';

/** What to deploy where, from a file; every key is checked where it is used. */
export interface Settings {
  readonly region: string;
  /** An S3 backend for Terraform's state; a local file without it. */
  readonly backend?: { readonly bucket: string; readonly key: string; readonly region: string };
  readonly registrator?: Record<string, unknown>;
  readonly registry?: Record<string, unknown>;
}

const topLevel = ['region', 'backend', 'registrator', 'registry'];

/**
 * Reads a settings file. The keys of `registrator` and `registry` are the inputs of the modules.
 * @throws InputError when it is not JSON, or has an unknown key
 */
export function readSettings(path: string): Settings {
  const settings = parse(path);
  const unknown = Object.keys(settings).filter((key) => !topLevel.includes(key));
  if (unknown.length > 0)
    throw new InputError(`${path}: ${unknown.join(', ')} is unknown; known are ${topLevel.join(', ')}`);
  if (typeof settings['region'] !== 'string')
    throw new InputError(`${path}: region is required, for example "eu-central-1"`);
  return {
    ...(settings as unknown as Settings),
    ...section(path, 'registrator', settings['registrator'], registratorInputs),
    ...section(path, 'registry', settings['registry'], registryInputs),
  };
}

function parse(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new InputError(`${path} cannot be read as JSON: ${String(cause)}`, { cause });
  }
}

/** A section with its keys as the construct spells them. */
function section(path: string, name: string, given: unknown, inputs: Inputs): Record<string, unknown> {
  if (given === undefined) return {};
  const keys = new Map(Object.keys(inputs).map((key) => [snakeCase(key), key]));
  const entries = Object.entries(given as Record<string, unknown>).map(([key, value]) => {
    const property = keys.get(key);
    if (property === undefined) {
      throw new InputError(`${path}: ${name}.${key} is unknown; known are ${[...keys.keys()].join(', ')}`);
    }
    return [property, value];
  });
  return { [name]: Object.fromEntries(entries) };
}
