import { createHash } from 'node:crypto';
import { nowhere } from '../../haproxy/sections/routing.ts';

/** What HAProxy takes in names, without `:`, which marks hashes. */
const plain = /^[A-Za-z0-9._-]{1,100}$/;

/** Digits of a hash: nobody finds two texts with one. */
const hashDigits = 24;

/** The backend of a service: a function of the service's name alone. */
export function backendName(service: string): string {
  const name = `be_${service}`;
  return name === nowhere ? hashed('be_', service) : named('be_', service);
}

/** The backend that all functions share. Backends of services begin otherwise. */
export const functionsBackend = 'fn_lambda';

/** The backend of routes that services share, by the names of all of them, the one that has the routes first. */
export function sharedBackendName(services: readonly string[]): string {
  return hashed('mx_', JSON.stringify(services));
}

/** A server: a function of the instance's id alone, so that it is the same on every host. */
export function serverName(id: string): string {
  return named('s_', id);
}

/** The same where ids of several services meet. */
export function serverNameIn(service: string, id: string): string {
  return hashed('s_', JSON.stringify([service, id]));
}

/** The text itself, if HAProxy takes it as a name; else what it takes of it and a hash, which no text gives by itself. */
function named(prefix: string, text: string): string {
  return plain.test(text) ? prefix + text : hashed(prefix, text);
}

function hashed(prefix: string, text: string): string {
  const readable = text
    .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 60);
  return `${prefix}${readable}:${createHash('sha256').update(text).digest('hex').slice(0, hashDigits)}`;
}
