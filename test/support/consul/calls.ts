export interface ConsulAnswer {
  status: number;
  headers: Headers;
  /** Parsed when it is JSON, else text. */
  body: unknown;
}

/** A Consul, or what stands in for one, as tests set up and inspect it over plain HTTP. */
export interface ConsulEndpoint {
  /** e.g. `1.8.7` */
  version: string;
  host: string;
  port: number;
  managementToken: string | undefined;
  /** One call, as `managementToken` unless `token` says otherwise ('' for none); throws on nothing but a dead server. */
  call(method: string, path: string, body?: unknown, token?: string): Promise<ConsulAnswer>;
  /** As `call`, for calls that must succeed: gives the body. */
  ok(method: string, path: string, body?: unknown, token?: string): Promise<unknown>;
  /** A token that may do what `rules` (HCL) say, e.g. `service_prefix "" { policy = "write" }`. */
  createToken(rules: string): Promise<string>;
  close(): Promise<void>;
}

type Target = Pick<ConsulEndpoint, 'host' | 'port' | 'managementToken'>;

export async function callConsul(
  target: Target,
  method: string,
  path: string,
  body?: unknown,
  token = target.managementToken,
): Promise<ConsulAnswer> {
  const response = await fetch(`http://${target.host}:${target.port}${path}`, {
    method,
    headers: token ? { 'X-Consul-Token': token } : {},
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = text !== '' && response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

export async function callConsulOk(
  target: Target,
  ...call: Parameters<ConsulEndpoint['ok']>
): Promise<unknown> {
  const answer = await callConsul(target, ...call);
  if (answer.status !== 200)
    throw new Error(`${call[0]} ${call[1]}: ${answer.status} ${String(answer.body)}`);
  return answer.body;
}
