import type { IncomingMessage } from 'node:http';
import { Failure } from '../failures.ts';
import { hostOf, targetOf } from '../routes/host.ts';

/** What a request asks for, and of whom. */
export interface Asked {
  /** In its normal form; empty when nobody is named. */
  readonly host: string;
  /** The host as the client wrote it; undefined when it names nobody. */
  readonly authority: string | undefined;
  /** The bytes that were sent, without the query. */
  readonly path: string;
  readonly query: string | undefined;
}

/** The parts of a request that tell it. */
export type AskingParts = Pick<IncomingMessage, 'url' | 'httpVersion' | 'headers' | 'rawHeaders'>;

/**
 * Reads the first line of a request and its Host.
 * @throws Failure bad_request for what proxies must refuse, lest they and others read it differently
 *   (RFC 9112 sections 2.3, 3.2 and 6.1)
 */
export function askedOf(incoming: AskingParts): Asked {
  const { url = '', httpVersion, headers } = incoming;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') throw bad(`HTTP/${httpVersion} is not served`);
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion === '1.0')) {
    throw bad(`the transfer coding ${coding} is not known`);
  }
  const hosts = hostLines(incoming);
  const host = hostOf({ target: url, hosts, httpVersion });
  if (!host.ok) throw bad(`the host ${host.problem}`);
  const target = targetOf(url);
  if (!target.ok) throw bad(`the target ${target.problem}`);
  const { path, query } = target.value;
  return { host: host.value, authority: /^https?:\/\/([^/?#]*)/i.exec(url)?.[1] ?? hosts[0], path, query };
}

function hostLines({ rawHeaders }: AskingParts): string[] {
  const hosts: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(rawHeaders[at + 1] ?? '');
  }
  return hosts;
}

function bad(message: string): Failure {
  return new Failure('bad_request', message);
}
