import * as z from 'zod';
import { checkedText } from '../../config/fields.ts';
import { optionalText } from '../../config/file-fields.ts';
import { accepted, type Checked, matching, refused } from '../../core/checked.ts';
import { checkListen, checkServer, type Endpoint } from '../../core/network/addresses.ts';
import { isHostName } from '../../core/network/hosts.ts';
import { Secret } from '../../core/secret.ts';
import { checkDomain } from '../../haproxy/names.ts';

/** Where the agent itself listens; port 0 for a free one. */
export const listen: z.ZodType<Endpoint, string> = checkedText(checkListen);

/** Servers by address or name. */
export const server: z.ZodType<Endpoint, string> = checkedText(checkServer);

const passwordForm = /^[\x20-\x7e]{1,256}$/;

/** What HAProxy's listeners ask for, of printable characters, since browsers do not agree on others. */
export function checkPassword(text: string): Checked<Secret> {
  return passwordForm.test(text)
    ? accepted(new Secret(text))
    : { ok: false, problem: 'must be 1 to 256 printable ASCII characters' };
}

export const password = optionalText(checkPassword);

/** Stands for the name of a service in a host. */
const servicePlaceholder = '{service}';

/** The host of services that name none, with the place for their name; empty: none. */
export const hostTemplate = checkedText((text): Checked<string> => {
  const template = text.toLowerCase().replace(/\.$/, '');
  const example = template.replaceAll(servicePlaceholder, 'x');
  const fits = template.includes(servicePlaceholder) && isHostName(example);
  return text === '' || fits
    ? accepted(template)
    : refused(`a host name with ${servicePlaceholder} in it, as ${servicePlaceholder}.example.com`, text);
}).prefault('');

/** Where requests for hosts that nobody knows are sent: a host, with or without a port. */
export const redirectTarget = optionalText((text) => {
  const domain = checkDomain(text.toLowerCase().replace(/\.(?=:|$)/, ''));
  return domain.ok
    ? domain
    : refused('a host name or an IPv4 address, with or without a port, as www.example.com', text);
});

/** One line of HAProxy's file, as it goes there. */
export const fileLine: z.ZodType<string, string> = checkedText((text) =>
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  matching(text, /^[^\x00-\x1f\x7f]{1,2000}$/, 'one line of text'),
);

/** Text that is shown to nobody but the other side; left out or empty it is undefined. */
export function word(pattern: RegExp, rule: string) {
  return optionalText((text) => matching(text, pattern, rule));
}

export const flag = z.boolean();
