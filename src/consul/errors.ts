import { AppError, type ErrorCode, messageOf } from '../core/errors.ts';

/** Which call of which server an error is about. */
export interface CallSite {
  /** e.g. `https://consul.example.com:8501` */
  server: string;
  /** e.g. `GET /v1/catalog/node/lambdas` */
  call: string;
}

const longestQuote = 500;

/** Texts of answers with status 500 that pass by themselves (agent/consul/rpc.go, leader.go and pool.go of Consul). */
const passing =
  /No cluster leader|leadership (lost|transfer)|not the leader|Not ready to serve consistent reads|No known Consul servers|rpc error getting client|rpc error: lead thread|failed to get conn|timed out enqueuing|raft is (already )?shut ?down|session shutdown|stream (closed|reset)|(^|\W)EOF$|i\/o timeout|connection (refused|reset)|broken pipe/i;

/** What a status other than the expected ones means; the details hold `status`, and `said`, Consul's own words. */
export function answerError(site: CallSite, status: number, text: string): AppError {
  const said = text.trim().replaceAll(/\s+/g, ' ').slice(0, longestQuote) || 'no text';
  const answered = `Consul at ${site.server} answered ${site.call} with ${status}: ${said}`;
  const fail = (code: ErrorCode, advice = '') =>
    new AppError(code, `${answered}${/[.!?]$/.test(answered) ? '' : '.'}${advice && ` ${advice}`}`, {
      details: { ...site, status, said },
    });
  if (status === 400 && text.includes('HTTP request to an HTTPS server')) {
    return fail(
      'UPSTREAM_REJECTED',
      'The port speaks HTTPS: write the address as https://… or set CONSUL_HTTP_SSL=true.',
    );
  }
  if (status === 403) {
    return fail(
      'UPSTREAM_AUTH',
      'Check the token of CONSUL_HTTP_TOKEN_PATH or CONSUL_HTTP_TOKEN and the ACL policy attached to it.',
    );
  }
  if (status === 429) return fail('UPSTREAM_THROTTLED');
  if (status === 502 || status === 503 || status === 504) return fail('UPSTREAM_UNAVAILABLE');
  if (status === 500 && passing.test(said)) return fail('UPSTREAM_UNAVAILABLE');
  if (status === 500 && said.includes('No path to datacenter')) {
    return fail('UPSTREAM_REJECTED', 'Check DATACENTER: this Consul knows no such datacenter.');
  }
  const foreign = status === 404 || (status >= 300 && status < 400);
  return fail(
    'UPSTREAM_REJECTED',
    foreign ? 'Check that CONSUL_HTTP_ADDR is the HTTP address of Consul.' : '',
  );
}

/** What a call that brought no answer means. */
export function connectionError(site: CallSite, cause: unknown): AppError {
  const code = codeOf(cause);
  const reason = messageOf(cause);
  const fail = (errorCode: ErrorCode, message: string) =>
    new AppError(errorCode, message, { cause, details: { ...site, reason: code } });
  const failed = `${site.call} on Consul at ${site.server} failed`;
  if (
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code) ||
    /wrong version number/.test(reason)
  ) {
    const advice = 'The port does not speak HTTPS: write the address as http://… or unset CONSUL_HTTP_SSL.';
    return fail('UPSTREAM_REJECTED', `${failed}: no TLS on the other side. ${advice}`);
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const advice = 'Use a name of the certificate in CONSUL_HTTP_ADDR or set CONSUL_TLS_SERVER_NAME.';
    return fail('UPSTREAM_TLS', `${failed}: the certificate is for another name (${reason}). ${advice}`);
  }
  if (unverified.has(code)) {
    const advice = 'Check the CA certificate of CONSUL_CACERT_PATH or CONSUL_CACERT.';
    return fail('UPSTREAM_TLS', `${failed}: its certificate could not be verified (${reason}). ${advice}`);
  }
  if (/^ERR_(SSL|OSSL|TLS)_|^EPROTO$/.test(code)) {
    const advice = 'Check CONSUL_CACERT_PATH or CONSUL_CACERT, CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY.';
    return fail('UPSTREAM_TLS', `${failed}: no TLS connection (${reason}). ${advice}`);
  }
  const advice =
    'Check CONSUL_HTTP_ADDR, that Consul runs, and the network between (security groups, subnets, VPN).';
  return fail('UPSTREAM_UNAVAILABLE', `${failed}: ${reason || code || 'no connection'}. ${advice}`);
}

/** An answer whose status was right but whose content was not. */
export function contentError(site: CallSite, problem: string): AppError {
  return new AppError(
    'UPSTREAM_REJECTED',
    `Consul at ${site.server} answered ${site.call} with ${problem}. Check that CONSUL_HTTP_ADDR is the HTTP address of Consul.`,
    { details: { ...site } },
  );
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
