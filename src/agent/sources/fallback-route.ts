import { isHostName } from '../../core/network/hosts.ts';
import type { RouteClaim } from '../model/sighting.ts';

/** `{service}.example.com` with the name of a service, as it is written. */
export function fallbackHost(template: string, service: string): string {
  return template.replaceAll('{service}', () => service);
}

/**
 * The route of a service that asks for none: `{service}.example.com` with its name.
 * @param template empty for none
 * @param service in lower case
 * @returns nothing, too, where the name makes no host name
 */
export function fallbackRoutes(template: string, service: string): RouteClaim[] {
  const host = fallbackHost(template, service);
  return isHostName(host) ? [{ host }] : [];
}
