import { resolve } from 'node:path';
import * as z from 'zod';
import { checkedText, oneOf } from '../../config/fields.ts';
import { besideOtherProblems, count, longDuration, optionalText } from '../../config/file-fields.ts';
import { accepted, type Checked, checkFilePath, matching, refused } from '../../core/checked.ts';
import { checkBind, checkEndpoint, type Endpoint } from '../../core/network/addresses.ts';
import { tlsVersions } from '../../haproxy/model.ts';
import { fileLine, flag, password } from './fields.ts';

const second = 1000;
const minute = 60 * second;
const day = 86_400;

/** Where HAProxy listens. */
export const binds = z.array(checkedText(checkBind));

/**
 * Files and folders, from the working directory on where they are relative, as other files of the agent are: HAProxy is told
 * of all of them, and may run in another one.
 */
function checkPath(text: string): Checked<string> {
  return checkFilePath(text === '' ? text : resolve(text));
}

/** How HAProxy speaks TLS. */
export const tls = z
  .object({
    bind: binds.min(1, 'must name at least one address').prefault([':443']),
    certs: checkedText(checkPath),
    min_version: oneOf(tlsVersions).default('TLSv1.2'),
    redirect: flag.default(false),
    hsts: count(0, 10 * 365 * day).default(0),
  })
  .transform(({ bind, min_version: minVersion, hsts, ...keys }) => ({
    ...keys,
    binds: bind,
    minVersion,
    hstsSeconds: hsts,
  }))
  .optional();

/** `off` is where HAProxy's own file says it. */
type Log = Endpoint | 'stdout' | 'off';

const log: z.ZodType<Log, string> = checkedText<Log>((text) => {
  if (text === 'stdout' || text === 'off') return accepted(text);
  const endpoint = checkEndpoint(text);
  return endpoint.ok
    ? endpoint
    : refused('stdout, off, or the IP address and port of a syslog server, as 127.0.0.1:514', text);
});

const path = optionalText(checkPath);

/** A word that is looked up on PATH, or a path of any characters: it is run, and stands in no file. */
const program = checkedText((text) =>
  matching(text, /^(?=.{1,1024}$)([\w.-]+|\P{Cc}*\/\P{Cc}+)$/u, 'the name or path of a program'),
);

const stats = z
  .object({
    bind: optionalText(checkBind),
    user: checkedText((text) =>
      matching(text, /^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, ., _ and -'),
    ).default('stats_user'),
    password,
  })
  .prefault({});

/** Sockets in the folder, where nothing else is said. */
const fileNames = { socket: 'haproxy.sock', masterSocket: 'master.sock' } as const;

/** What a Unix socket's address holds, less the words that HAProxy adds while it binds one. */
const longestSocket = 97;

/** HAProxy itself, and the files that are shared with it. Times in milliseconds. */
export const haproxy = z
  .object({
    mode: oneOf(['start', 'drive']).default('start'),
    bin: program.default('haproxy'),
    dir: checkedText(checkPath).prefault('/var/lib/lambda-registrator'),
    config: path,
    socket: path,
    master_socket: path,
    base: path,
    extra: path,
    snippets: z
      .object({ frontend: z.array(fileLine).default([]), backend: z.array(fileLine).default([]) })
      .prefault({}),
    log: log.optional(),
    stats,
    hard_stop_after: longDuration(second).default(10 * minute),
    grace: longDuration(0).default(30 * second),
  })
  .refine(({ mode, master_socket: socket }) => mode !== 'drive' || socket !== undefined, {
    error: 'is required where mode is drive: the socket that HAProxy was started with (-S)',
    path: ['master_socket'],
    ...besideOtherProblems,
  })
  .superRefine(({ dir, socket, master_socket }, context) => {
    const sockets = [
      { key: 'socket', given: socket, name: fileNames.socket },
      { key: 'master_socket', given: master_socket, name: fileNames.masterSocket },
    ];
    for (const { key, given, name } of sockets) {
      const path = given ?? `${dir}/${name}`;
      const message = `must be shorter: HAProxy takes sockets of at most ${longestSocket} bytes, not ${path}`;
      if (Buffer.byteLength(path) > longestSocket)
        context.addIssue({ code: 'custom', message, path: [given === undefined ? 'dir' : key] });
    }
  })
  .prefault({})
  .transform(({ dir, config, socket, master_socket, hard_stop_after, grace, log, ...keys }) => ({
    ...keys,
    dir,
    config: config ?? `${dir}/haproxy.cfg`,
    socket: socket ?? `${dir}/${fileNames.socket}`,
    masterSocket: master_socket ?? `${dir}/${fileNames.masterSocket}`,
    log: log ?? (keys.mode === 'drive' ? 'off' : 'stdout'),
    hardStopAfterMs: hard_stop_after,
    graceMs: grace,
  }));
