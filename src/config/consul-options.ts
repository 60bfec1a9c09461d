import * as z from 'zod';
import { type Checked, accepted } from '../core/checked.ts';
import { Secret } from '../core/secret.ts';
import { checkedText, goBoolean, text } from './fields.ts';
import {
  type Environment,
  type Option,
  optional,
  type OptionValues,
  required,
  withDefault,
} from './options.ts';

/** Gives the text of a file, or throws; what reads options does no I/O of its own. */
export type ReadFile = (file: string) => string;

/** Where Consul's HTTP API is. */
export interface ConsulAddress {
  /** A name or an IP address, without brackets. */
  host: string;
  port: number;
  secure: boolean;
  /** What comes before `/v1`: empty, or as `/consul`, encoded and without a final slash. */
  path: string;
}

/** ACL tokens are UUIDs (https://developer.hashicorp.com/consul/docs/secure/acl/token). */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const addressPattern =
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  /^(?:(https?):\/\/)?(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::(\d{1,5}))?(\/[^\x00-\x1f\x7f]*)?$/i;

const consulAddress = checkedText((value) => checkAddress(value, 'CONSUL_HTTP_AUTH'));

const parameterName = text(
  /^(arn:[^\s]{1,1000}|[A-Za-z0-9_./-]{1,1011})$/,
  'a Parameter Store name or ARN, as /consul/token',
);

const tokenParameter = parameterName.refine((name) => !uuid.test(name), {
  error: 'must be the name of a parameter, not the token: that goes into CONSUL_HTTP_TOKEN',
  abort: true,
});

/** https://www.rfc-editor.org/rfc/rfc7617#section-2: the first colon ends the user; no control characters. */
const userAndPassword = z.string().transform((value, context) => {
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  if (/^[^\x00-\x1f\x7f]*$/.test(value) && value.includes(':')) return new Secret(value);
  context.addIssue('must be user:password');
  return z.NEVER;
});

/**
 * How programs find Consul and show who they are, in the variables of HashiCorp's own clients
 * (https://developer.hashicorp.com/consul/commands#environment-variables) and of the Go registrator (`*_PATH`).
 * @param readFile reads certificates, keys and the token from files that variables name
 */
export function consulOptions(readFile: ReadFile) {
  const pem = checkedText((value) => checkPem(value, readFile));
  return {
    address: required(
      'CONSUL_HTTP_ADDR',
      consulAddress,
      'Consul as `host:port`, `http://host:port` or `https://host:port`, with a path where a proxy wants one; without a port 80, with TLS 443',
    ),
    ssl: withDefault('CONSUL_HTTP_SSL', goBoolean, 'false', 'use TLS, whatever scheme the address names'),
    sslVerify: withDefault('CONSUL_HTTP_SSL_VERIFY', goBoolean, 'true', "verify Consul's certificate"),
    serverName: optional('CONSUL_TLS_SERVER_NAME', z.string(), "name expected in Consul's certificate"),
    tokenParameter: optional(
      'CONSUL_HTTP_TOKEN_PATH',
      tokenParameter,
      'Parameter Store name or ARN of the ACL token; wins over `CONSUL_HTTP_TOKEN_FILE`',
    ),
    tokenFile: optional(
      'CONSUL_HTTP_TOKEN_FILE',
      checkedText((file) => checkTokenFile(file, readFile, 'CONSUL_HTTP_TOKEN')),
      'file that holds the ACL token; wins over `CONSUL_HTTP_TOKEN`',
    ),
    token: optional('CONSUL_HTTP_TOKEN', checkedText(checkToken), 'ACL token'),
    auth: optional(
      'CONSUL_HTTP_AUTH',
      userAndPassword,
      '`user:password` for a proxy before Consul that asks for them (HTTP Basic)',
    ),
    caParameter: optional(
      'CONSUL_CACERT_PATH',
      parameterName,
      'Parameter Store name or ARN of the CA certificate in PEM; wins over `CONSUL_CACERT`',
    ),
    ca: optional('CONSUL_CACERT', pem, 'CA certificate, as a file name or as PEM'),
    clientCert: optional('CONSUL_CLIENT_CERT', pem, 'client certificate, as a file name or as PEM'),
    clientKey: optional(
      'CONSUL_CLIENT_KEY',
      pem.transform((key) => new Secret(key)),
      'key of the client certificate, as a file name or as PEM',
    ),
  } satisfies Record<string, Option<unknown>>;
}

type Values = OptionValues<ReturnType<typeof consulOptions>>;

/** What a client of Consul is made from. */
export interface ConsulSettings extends Omit<Values, 'address' | 'ssl'> {
  address: ConsulAddress;
}

/** The address with the port that its scheme implies; `ssl` asks for TLS whatever the scheme. */
export function resolveAddress({ address, ssl }: Pick<Values, 'address' | 'ssl'>): ConsulAddress {
  const secure = address.secure || ssl;
  return { ...address, secure, port: address.port ?? (secure ? 443 : 80) };
}

/** What is wrong with the variables of Consul together, and those that mean something elsewhere and nothing here. */
export function consulProblems(env: Environment): string[] {
  const unpaired = Boolean(env['CONSUL_CLIENT_CERT']) !== Boolean(env['CONSUL_CLIENT_KEY']);
  return [
    ...(unpaired ? ['CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY must be given together'] : []),
    ...(env['CONSUL_CAPATH']
      ? ['CONSUL_CAPATH is not supported: put the certificates into one file and name that in CONSUL_CACERT']
      : []),
  ];
}

/** An ACL token: one word; blanks and line ends around it do not count. The problem does not show it. */
export function checkToken(value: string): Checked<Secret> {
  const word = value.trim();
  return /^[\x21-\x7e]+$/.test(word)
    ? accepted(new Secret(word))
    : problem('must hold an ACL token: one word of printable characters');
}

/** The ACL token in a file as it is now; the problem names the file. */
export function readTokenFile(file: string, readFile: ReadFile): Checked<Secret> {
  let content: string;
  try {
    content = readFile(file);
  } catch (error) {
    return problem(`names the file ${JSON.stringify(file)}, which cannot be read${codeOf(error)}`);
  }
  const token = checkToken(content);
  return token.ok ? token : problem(`names the file ${JSON.stringify(file)}, which ${token.problem}`);
}

/**
 * The name of a file that holds a token. A token in its place is not shown.
 * @param tokenSetting what users call the setting that takes the token itself
 */
export function checkTokenFile(file: string, readFile: ReadFile, tokenSetting: string): Checked<string> {
  if (uuid.test(file)) {
    return problem(`must name a file, not hold the token: that goes into ${tokenSetting}`);
  }
  const token = readTokenFile(file, readFile);
  return token.ok ? accepted(file) : token;
}

/** A certificate or key as PEM, given as such or as the name of a file that holds it; the value itself may be secret. */
export function checkPem(value: string, readFile: ReadFile): Checked<string> {
  if (value.includes('-----BEGIN ')) return accepted(value);
  try {
    const content = readFile(value);
    if (content.includes('-----BEGIN ')) return accepted(content);
  } catch {
    // Told below: what cannot be read may be no file name at all, but a key.
  }
  return problem('is neither PEM nor the name of a readable file that holds PEM');
}

/**
 * Consul's address as it is written; {@link resolveAddress} adds the port. Passwords stand before an `@`, and tokens in
 * queries: values with either are not shown.
 * @param authSetting what users call the setting for user and password, where there is one
 */
export function checkAddress(
  value: string,
  authSetting?: string,
): Checked<Omit<ConsulAddress, 'port'> & { port: number | undefined }> {
  if (/^unix:/i.test(value)) {
    return problem(
      'must be host:port or a URL of the HTTP listener of Consul: Unix sockets are not supported',
    );
  }
  if (value.includes('@')) {
    const instead = authSetting === undefined ? '' : `: they go into ${authSetting}`;
    return problem(`must be without user and password${instead}`);
  }
  if (/[?#]/.test(value)) return problem('must end with the path: queries and fragments are not supported');
  const [, scheme, host, port, path = ''] = addressPattern.exec(value) ?? [];
  if (host === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535) {
    const rule = 'host:port, http://host:port or https://host:port, as consul.example.com:8501';
    return problem(`must be ${rule}, not ${JSON.stringify(value)}`);
  }
  return accepted({
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? undefined : Number(port),
    secure: scheme?.toLowerCase() === 'https',
    path: new URL(`http://consul${path}`).pathname.replace(/\/+$/, ''),
  });
}

function problem(words: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: words };
}

/** As ` (ENOENT)`. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? ` (${code})` : '';
}
