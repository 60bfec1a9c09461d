import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { contentHash } from '../../daemon/file-contents.ts';
import { watchFiles, type WatchedFiles } from '../../daemon/watched-files.ts';
import { passwordHash } from '../../haproxy/password-hash.ts';
import type { AgentConfig } from '../config.ts';
import type { PasswordHashes, Surroundings } from '../configuration.ts';
import { passwordSalt } from './salt.ts';

/** What was read, and why certificates could not be. */
interface ReadSurroundings {
  readonly around: Surroundings;
  /** For people; undefined where all is well, or TLS is not spoken. */
  readonly certificateProblem: string | undefined;
}

/**
 * Reads what HAProxy's configuration needs beside the model: the administrator's own sections, certificates, and the salt
 * of passwords. Certificates that cannot be read are no reason to stop: HAProxy has loaded others.
 * @param mayWrite whether a salt may be written where there is none
 * @throws AppError FILE_UNREADABLE, or CONFIG_INVALID when the salt cannot be written
 */
export async function readSurroundings(
  { haproxy, pages, tls }: Pick<AgentConfig, 'haproxy' | 'pages' | 'tls'>,
  mayWrite: boolean,
): Promise<ReadSurroundings> {
  const [base, extra] = await Promise.all([
    ownText('haproxy.base', haproxy.base),
    ownText('haproxy.extra', haproxy.extra),
  ]);
  const passwords = { ...pages, listener: haproxy.stats.bind && haproxy.stats.password };
  const hashes = await hashesOf(passwords, () => passwordSalt(haproxy.dir, mayWrite));
  const { fingerprint, problem } = tls ? await fingerprintOf(tls.certs) : {};
  return { around: { base, extra, fingerprint, hashes }, certificateProblem: problem };
}

/**
 * Tells whenever certificates are others than before: a file, or files of a folder that come, go or change, over links.
 * @param rhythm of the watch over the files
 */
export function watchCertificates(
  { certs }: NonNullable<AgentConfig['tls']>,
  onChange: () => void,
  rhythm?: Parameters<typeof watchFiles>[2],
): Promise<WatchedFiles> {
  return watchFiles([certs], onChange, rhythm);
}

/** The addresses of this host, IPv6 without brackets. */
export function localAddresses(): ReadonlySet<string> {
  const interfaces = Object.values(networkInterfaces());
  return new Set(interfaces.flatMap((one) => one ?? []).map(({ address }) => address));
}

/** A text that goes into HAProxy's file as it is. */
async function ownText(key: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new AppError('FILE_UNREADABLE', `${key}: ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

type Passwords = Readonly<Record<keyof PasswordHashes, Secret | undefined>>;

/** Without passwords nobody needs a salt. */
async function hashesOf(passwords: Passwords, saltOf: () => Promise<string>): Promise<PasswordHashes> {
  const isNeeded = Object.values(passwords).some((password) => password !== undefined);
  const salt = isNeeded ? await saltOf() : '';
  const hashOf = (password: Secret | undefined): string | undefined =>
    password && passwordHash(password.reveal(), salt);
  const { metrics, stats, listener } = passwords;
  return { metrics: hashOf(metrics), stats: hashOf(stats), listener: hashOf(listener) };
}

async function fingerprintOf(certs: string): Promise<{ fingerprint?: string; problem?: string }> {
  try {
    return { fingerprint: (await contentHash(certs)).slice(0, 32) };
  } catch (error) {
    return { problem: `tls.certs: ${certs} cannot be read: ${messageOf(error)}` };
  }
}
