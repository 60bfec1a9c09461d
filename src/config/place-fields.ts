/** Where things are: fields of files that several programs have. */
import type * as z from 'zod';
import { accepted, type Checked, matching, refused } from '../core/checked.ts';
import { isHostName } from '../core/network/hosts.ts';
import { checkedText } from './fields.ts';
import { optionalText } from './file-fields.ts';

/**
 * Where an HTTP API is: a URL without user, query and fragment; the value has no slash at the end. A path counts as the
 * beginning of all paths there.
 */
export function checkHttpUrl(text: string): Checked<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    return { ok: false, problem: 'must be without user and password' };
  }
  if (url === undefined || !/^https?:\/\/[^?#\s]+$/i.test(text)) {
    return refused('a URL as http://lambda-1:8080, without a query', text);
  }
  return accepted(url.origin + url.pathname.replace(/\/+$/, ''));
}

export const region = optionalText(checkRegion);

/** Regions are labels of host names; emulators know more of them than AWS. */
export function checkRegion(text: string): Checked<string> {
  return matching(text, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'a region such as eu-west-1');
}

/** A file's name; relative ones count from where the program was started. */
export const fileName: z.ZodType<string> = checkedText((text) =>
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  matching(text, /^[^\x00-\x1f\x7f]{1,1024}$/, 'the name of a file'),
);

/** Names of services come before it. */
export const domain: z.ZodType<string> = checkedText((text) => {
  const name = text.toLowerCase().replace(/\.$/, '');
  return name === '' || isHostName(name) ? accepted(name) : refused('a domain as lambda.internal', text);
});

/** A datacenter, partition or namespace of Consul. */
export const consulName = optionalText((text) =>
  matching(text, /^[A-Za-z0-9_-]{1,128}$/, '1 to 128 letters, digits, _ and -'),
);
