import type { Deadline } from '../../core/deadline.ts';
import { assertMadeUpNode } from '../read/observe.ts';
import { askServer } from '../read/defaults-format.ts';
import { type Examination, fail, type Finding, ok, skip, warn } from './check.ts';
import type { Subject } from './subject.ts';

const needs = ['Consul'];
const dayMs = 86_400_000;
/** From here on a certificate is to be renewed. */
const fewDays = 14;

export const consulReach: Examination = { name: 'Consul', needs: ['environment', 'parameters'], look: reach };

export const consulExaminations: readonly Examination[] = [
  { name: 'Consul certificate', needs, look: certificate },
  { name: 'Consul version', needs, look: version },
  { name: 'NODE_NAME', needs, look: node },
];

async function reach({ consul, config }: Subject, deadline: Deadline): Promise<Finding> {
  const { host, port, secure, path } = config.address;
  const { hasLeader } = await consul.greet(deadline);
  const where = `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
  if (hasLeader) return ok(`${where} answers`);
  return fail(
    `${where} answers, but its servers have no leader`,
    'Restore a majority of the Consul servers: until then nothing can be written.',
  );
}

async function certificate({ consul, config, now }: Subject, deadline: Deadline): Promise<Finding> {
  const end = await consul.certificateEnd(deadline);
  if (end === undefined) {
    const remedy = 'Write CONSUL_HTTP_ADDR as https://… where anybody else could listen.';
    return skip('Consul is asked without TLS.', remedy);
  }
  const days = Math.floor((end - now()) / dayMs);
  const found = days < 0 ? `ended ${-days} days ago` : `ends in ${days} days`;
  if (days < fewDays) return warn(found, "Renew the certificate of Consul's HTTPS listener.");
  if (config.sslVerify) return ok(found);
  return warn(
    `${found}, and is not verified: anybody could answer in its place`,
    'Name its CA in CONSUL_CACERT or CONSUL_CACERT_PATH, and unset CONSUL_HTTP_SSL_VERIFY.',
  );
}

async function version({ consul, config, home }: Subject, deadline: Deadline): Promise<Finding> {
  const server = await askServer({ consul, config, home, deadline });
  const said = server.version ?? 'version not told';
  const format = config.format === 'auto' ? server.format : config.format;
  const found = `${said}, service-defaults as ${format === 'meta' ? 'Meta keys' : 'Envoy extension'}`;
  if (format === server.format) return ok(found);
  return fail(
    `${found}, which this version ${format === 'meta' ? 'ignores' : 'refuses'}`,
    'Unset SERVICE_DEFAULTS_FORMAT, or set it to auto.',
  );
}

async function node({ consul, config, home, node: read }: Subject, deadline: Deadline): Promise<Finding> {
  const { node: seen, filtered, services } = await read(deadline);
  await assertMadeUpNode({ consul, deadline }, home, seen);
  if (seen) return ok(`${config.nodeName} carries ${services.length} services`);
  if (!filtered) return ok(`${config.nodeName} is not there yet: the first sync creates it`);
  const rule = `node "${config.nodeName}" { policy = "write" }`;
  return fail(`Consul hides node ${config.nodeName} from this token`, `Add ${rule} to its policy.`);
}
