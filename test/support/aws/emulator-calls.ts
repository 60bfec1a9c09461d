import { region } from './sandbox-aws.ts';

/** A signature that emulators take: they read the service and the account from it, and check nothing. */
export function authorizationFor(service: string): string {
  const credential = `AKIDEXAMPLE/20260101/${region}/${service}/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=example`;
}

/** One call of a service that speaks JSON by operation, as SQS and EventBridge do, without an SDK client for it. */
export function callOperation(url: string, service: string, target: string, input: object): Promise<unknown> {
  const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' };
  return post(url, service, headers, input);
}

/** One call of a service that speaks JSON by path, as Scheduler and API Gateway do. */
export function callPath(url: string, service: string, path: string, input: object): Promise<unknown> {
  return post(`${url}${path}`, service, { 'content-type': 'application/json' }, input);
}

async function post(
  url: string,
  service: string,
  headers: Record<string, string>,
  input: object,
): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, authorization: authorizationFor(service) },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} ${url}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
