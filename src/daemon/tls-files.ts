import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { AppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { watchFiles } from './watched-files.ts';

/** Names of files in PEM: the certificate with what it takes to verify it, and its key. */
export interface TlsFileNames {
  readonly cert: string;
  readonly key: string;
}

/** A certificate and its key in PEM, as `https.createServer` and `setSecureContext` take them. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

export interface TlsFiles {
  /** The last pair of the files that fits. */
  current: () => TlsPair;
  /** The files are watched no more. */
  close: () => void;
}

interface TlsFilesOptions {
  /** Hears of each new pair. */
  onRenewed: (pair: TlsPair) => void;
  logger: Logger;
  /** Of the watch over the files. */
  rhythm?: Parameters<typeof watchFiles>[2];
}

/**
 * Reads a certificate and its key, and again whenever the files change. A new pair that does not fit is told to the log,
 * and the old one stays: files are often replaced one after the other.
 * @throws AppError CONFIG_INVALID when the files hold no pair at the start
 */
export async function openTlsFiles(
  files: TlsFileNames,
  { onRenewed, logger, rhythm }: TlsFilesOptions,
): Promise<TlsFiles> {
  const { cert, key } = files;
  let current: TlsPair;
  function renew(): void {
    try {
      current = readTlsPair(files);
    } catch (error) {
      logger.error({ cert, key, error: messageOf(error) }, 'TLS certificate not renewed');
      return;
    }
    logger.info({ cert, key }, 'TLS certificate renewed');
    onRenewed(current);
  }
  const watched = await watchFiles([cert, key], renew, rhythm);
  try {
    current = readTlsPair(files);
  } catch (error) {
    watched.close();
    throw error;
  }
  return { current: () => current, close: watched.close };
}

/** @throws AppError CONFIG_INVALID when a file cannot be read, or the two do not fit */
function readTlsPair({ cert, key }: TlsFileNames): TlsPair {
  const pair = { cert: readText(cert), key: readText(key) };
  const certificate = parsed(cert, 'certificate', () => new X509Certificate(pair.cert));
  const privateKey = parsed(key, 'key', () => createPrivateKey(pair.key));
  if (!certificate.checkPrivateKey(privateKey))
    throw new AppError('CONFIG_INVALID', `The key in ${key} is not that of the certificate in ${cert}.`);
  parsed(cert, 'certificate', () => createSecureContext(pair));
  return pair;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new AppError('CONFIG_INVALID', `${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

function parsed<Value>(file: string, what: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    const message = `${file} holds no ${what} in PEM that can be used: ${messageOf(error)}.`;
    throw new AppError('CONFIG_INVALID', message, { cause: error });
  }
}
