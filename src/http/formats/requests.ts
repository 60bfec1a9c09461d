import { isTextual, travelsAsText } from '../body.ts';
import type { HttpRequest } from '../message.ts';

/** The account that events name. */
export const accountId = '123456789012';

/** The API that events name. */
export const apiId = 'lambda-registrator';

/** `$default` is the stage, and the route, of an API that has no other. */
export const defaultStage = '$default';

/** The last value of a header; undefined without one. */
export function headerOf({ headers }: HttpRequest, name: string): string | undefined {
  return headers.findLast((header) => header[0] === name)?.[1];
}

/** Whether the body of a request is text in its event, which its content headers and its bytes must allow. */
export function hasText(request: HttpRequest): boolean {
  const type = headerOf(request, 'content-type') ?? null;
  const encoding = headerOf(request, 'content-encoding') ?? null;
  return travelsAsText(request.body, isTextual({ type, encoding }));
}

/** How events name a host: whole, and by its first label. */
export function domainOf({ host }: HttpRequest): { domainName: string; domainPrefix: string } {
  const [domainPrefix = ''] = host.split('.', 1);
  return { domainName: host, domainPrefix };
}
