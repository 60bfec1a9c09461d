import { readFileSync } from 'node:fs';
import { agentInputs } from '../inputs/agent.ts';
import { proxyInputs } from '../inputs/proxy.ts';
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
  readonly proxy?: Record<string, unknown>;
  readonly agent?: Record<string, unknown>;
}

const programs: Readonly<Record<string, Inputs>> = {
  registrator: registratorInputs,
  registry: registryInputs,
  proxy: proxyInputs,
  agent: agentInputs,
};
const topLevel = ['region', 'backend', ...Object.keys(programs)];
const backendKeys = ['bucket', 'key', 'region'];

/**
 * Reads a settings file. The keys of each program's section are the inputs of its module.
 * @throws InputError when it is not JSON, has an unknown key, lacks one, or names no program
 */
export function readSettings(path: string): Settings {
  const settings = parse(path);
  const unknown = unknownKeys(settings, topLevel);
  if (unknown.length > 0)
    throw new InputError(`${path}: ${unknown.join(', ')} is unknown; known are ${topLevel.join(', ')}`);
  if (!isFilled(settings['region']))
    throw new InputError(`${path}: region is required, for example "eu-central-1"`);
  if (Object.keys(programs).every((name) => settings[name] === undefined)) {
    const names = Object.keys(programs).join(', ');
    throw new InputError(`${path}: one of ${names} is required, or nothing would be made`);
  }
  checkBackend(path, settings['backend']);
  const sections = Object.entries(programs).map(([name, inputs]) =>
    section(path, name, settings[name], inputs),
  );
  return Object.assign({}, settings, ...sections) as Settings;
}

function parse(path: string): Record<string, unknown> {
  let settings: unknown;
  try {
    settings = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new InputError(`${path} cannot be read as JSON: ${String(cause)}`, { cause });
  }
  return objectOf(path, 'the file', settings);
}

function checkBackend(path: string, given: unknown): void {
  if (given === undefined) return;
  const backend = objectOf(path, 'backend', given);
  const problems = [
    ...unknownKeys(backend, backendKeys).map((key) => `backend.${key} is unknown`),
    ...backendKeys.filter((key) => !isFilled(backend[key])).map((key) => `backend.${key} is required`),
  ];
  if (problems.length > 0)
    throw new InputError(`${path}: ${problems.join('; ')}; a backend has ${backendKeys.join(', ')}`);
}

/** A section with its keys as the construct spells them. */
function section(path: string, name: string, given: unknown, inputs: Inputs): Record<string, unknown> {
  if (given === undefined) return {};
  const keys = new Map(Object.keys(inputs).map((key) => [snakeCase(key), key]));
  const entries = Object.entries(objectOf(path, name, given)).map(([key, value]) => {
    const property = keys.get(key);
    if (property === undefined) {
      throw new InputError(`${path}: ${name}.${key} is unknown; known are ${[...keys.keys()].join(', ')}`);
    }
    return [property, value];
  });
  return { [name]: Object.fromEntries(entries) };
}

function objectOf(path: string, name: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new InputError(`${path}: ${name} must be an object of settings, not ${JSON.stringify(value)}`);
}

function unknownKeys(value: Record<string, unknown>, known: readonly string[]): string[] {
  return Object.keys(value).filter((key) => !known.includes(key));
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
