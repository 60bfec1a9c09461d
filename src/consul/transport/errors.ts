import { AppError, type ErrorCode, isAppError, messageOf } from '../../core/errors.ts';
import { sentence } from '../../core/wording.ts';

/** What a client was made from. */
type Setting =
  | 'address'
  | 'ssl'
  | 'serverName'
  | 'tokenParameter'
  | 'tokenFile'
  | 'token'
  | 'auth'
  | 'caParameter'
  | 'ca'
  | 'clientCert'
  | 'clientKey'
  | 'datacenter';

/** What users call the settings, as `CONSUL_HTTP_ADDR`, for advice in messages; those left out they cannot set. */
export type SettingNames = Readonly<Partial<Record<Setting, string>>>;

/** Which call of which server an error is about. */
export interface CallSite {
  /** e.g. `https://consul.example.com:8501` */
  server: string;
  /** e.g. `GET /v1/catalog/node/lambdas` */
  call: string;
  names: SettingNames;
}

const longestQuote = 500;

/** Texts of answers with status 500 that pass by themselves (agent/consul/rpc.go, leader.go and pool.go of Consul). */
const passing =
  /No cluster leader|leadership (lost|transfer)|not the leader|Not ready to serve consistent reads|No known Consul servers|rpc error getting client|rpc error: lead thread|failed to get conn|timed out enqueuing|raft is (already )?shut ?down|session shutdown|stream (closed|reset)|(^|\W)EOF$|i\/o (timeout|deadline)|(write|keepalive) timeout|connection (refused|reset)|broken pipe/i;

/** Texts of answers with status 500 about another datacenter (agent/structs/errors.go of Consul). */
const noPath = /No path to datacenter/;
const outOfReach = new RegExp(`${noPath.source}|Remote DC has no server currently reachable`);

/**
 * What an answer with a status other than the expected ones means: UPSTREAM_AUTH, UPSTREAM_THROTTLED,
 * UPSTREAM_UNAVAILABLE or UPSTREAM_REJECTED. The details hold `status`, and `said`, Consul's own words.
 * @param text the answer's body, without secrets
 */
export function answerError(site: CallSite, status: number, text: string): AppError {
  const { server, call } = site;
  const said = text.trim().replaceAll(/\s+/g, ' ').slice(0, longestQuote) || 'no text';
  const answered = sentence(`Consul at ${server} answered ${call} with ${status}: ${said}`);
  const [code, advice] = judgeAnswer(site, status, said);
  const message = advice === undefined ? answered : `${answered} ${advice}`;
  return new AppError(code, message, { details: { server, call, status, said } });
}

/** What Consul itself said in an answer that became an error, without what {@link answerError} says around it. */
export function wordsOf(error: unknown): string {
  const said = isAppError(error) ? error.details['said'] : undefined;
  return typeof said === 'string' ? said : messageOf(error);
}

type Judgement = [code: ErrorCode, advice?: string];

function judgeAnswer({ call, names }: CallSite, status: number, said: string): Judgement {
  if (status === 400 && said.includes('HTTP request to an HTTPS server')) {
    const flag = names.ssl === undefined ? '' : ` or set ${names.ssl}=true`;
    return ['UPSTREAM_REJECTED', `The port speaks HTTPS: write the address as https://…${flag}.`];
  }
  if (status === 401) {
    return [
      'UPSTREAM_AUTH',
      `What stands before Consul wants a user and password: check ${which(names.auth)}.`,
    ];
  }
  if (status === 403) {
    const token = which(names.tokenFile, names.tokenParameter, names.token);
    return ['UPSTREAM_AUTH', `Check the token of ${token} and the ACL policy attached to it.`];
  }
  if (status === 429) return ['UPSTREAM_THROTTLED'];
  if (status === 502 || status === 503 || status === 504) return ['UPSTREAM_UNAVAILABLE'];
  if (status === 500 && passing.test(said)) return ['UPSTREAM_UNAVAILABLE'];
  if (status === 500 && outOfReach.test(said)) return judgeDatacenter(call, names, said);
  const foreign = status === 404 || (status >= 300 && status < 400);
  return foreign ? ['UPSTREAM_REJECTED', checkAddress(names)] : ['UPSTREAM_REJECTED'];
}

/**
 * Servers say that there is no path to a datacenter that they do not know, to one that took leave, and to one that was away
 * since they started; of one that they lost they say so. A name in the request may be wrong; that of the primary
 * datacenter is the servers' own.
 */
function judgeDatacenter(call: string, names: SettingNames, said: string): Judgement {
  const remedy = 'check that its servers run and can be reached over the WAN.';
  if (goesToPrimary(call)) {
    return [
      'UPSTREAM_UNAVAILABLE',
      `The primary datacenter, which writes config entries, is away: ${remedy}`,
    ];
  }
  if (noPath.test(said)) {
    return ['UPSTREAM_REJECTED', `Check ${which(names.datacenter)}: this Consul knows no such datacenter.`];
  }
  return ['UPSTREAM_UNAVAILABLE', `That datacenter is away: ${remedy}`];
}

/**
 * Whether a call is passed on to the primary datacenter, as servers do with writes of config entries, whatever datacenter
 * is asked for (agent/consul/config_endpoint.go of Consul).
 * @param call as in {@link CallSite}
 */
export function goesToPrimary(call: string): boolean {
  return /^(PUT|DELETE) \/v1\/config(\/|$)/.test(call);
}

/**
 * What a call that brought no answer means: UPSTREAM_TLS, UPSTREAM_UNAVAILABLE, or UPSTREAM_REJECTED where one side speaks
 * TLS and the other does not.
 * @param cause the error of Node's HTTP client
 */
export function connectionError({ server, call, names }: CallSite, cause: unknown): AppError {
  const code = codeOf(cause);
  const reason = messageOf(cause);
  const [errorCode, what, advice] = judgeConnection(names, code, reason);
  const message = `${sentence(`${call} on Consul at ${server} failed: ${what}`)} ${advice}`;
  return new AppError(errorCode, message, { cause, details: { server, call, reason: code } });
}

function judgeConnection(
  names: SettingNames,
  code: string,
  reason: string,
): [code: ErrorCode, what: string, advice: string] {
  if (
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code) ||
    /wrong version number/.test(reason)
  ) {
    const flag = names.ssl === undefined ? '' : ` or unset ${names.ssl}`;
    const advice = `The port does not speak HTTPS: write the address as http://…${flag}.`;
    return ['UPSTREAM_REJECTED', 'no TLS on the other side', advice];
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const advice = `Use a name of the certificate in ${which(names.address)} or set ${which(names.serverName)}.`;
    return ['UPSTREAM_TLS', `the certificate is for another name (${reason})`, advice];
  }
  const ca = which(names.caParameter, names.ca);
  if (unverified.has(code)) {
    const advice = `Check the CA certificate of ${ca}.`;
    return ['UPSTREAM_TLS', `its certificate could not be verified (${reason})`, advice];
  }
  if (/^ERR_(SSL|OSSL|TLS)_|^EPROTO$/.test(code)) {
    const advice = `Check ${ca}, ${which(names.clientCert)} and ${which(names.clientKey)}.`;
    return ['UPSTREAM_TLS', `no TLS connection (${reason})`, advice];
  }
  const advice = `Check ${which(names.address)}, that Consul runs, and the network between (security groups, subnets, VPN).`;
  return ['UPSTREAM_UNAVAILABLE', reason || code || 'no connection', advice];
}

/**
 * An answer whose status was right but whose content was not: UPSTREAM_REJECTED.
 * @param problem completes "answered with"
 */
export function contentError({ server, call, names }: CallSite, problem: string): AppError {
  const message = `Consul at ${server} answered ${call} with ${problem}. ${checkAddress(names)}`;
  return new AppError('UPSTREAM_REJECTED', message, { details: { server, call } });
}

function checkAddress(names: SettingNames): string {
  return `Check that ${which(names.address)} is the HTTP address of Consul.`;
}

/** The settings in question, as `A, B or C`; nobody has a name for those that cannot be set. */
function which(...names: (string | undefined)[]): string {
  const given = names.filter((name) => name !== undefined);
  const last = given.pop() ?? 'the configuration';
  return given.length === 0 ? last : `${given.join(', ')} or ${last}`;
}

/** Verification failures of Node's TLS (https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes). */
const unverified = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
]);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
