import * as z from 'zod';
import { checkedText, oneOf } from '../../config/fields.ts';
import { count, longDuration, optionalText } from '../../config/file-fields.ts';
import { balances, schemes } from '../../haproxy/model.ts';
import { checkCookieName } from '../../haproxy/names.ts';
import { checkCheck } from '../model/option-texts.ts';
import type { SaidOptions, ServiceOptions } from '../model/options.ts';
import { fileLine, flag, hostTemplate, server } from './fields.ts';

const second = 1000;

const optionKeys = {
  balance: oneOf(balances),
  check: checkedText(checkCheck),
  inter: longDuration(),
  fall: count(1, 1000),
  rise: count(1, 1000),
  weight: count(0, 256),
  maxconn: count(0, 1_000_000),
  timeout: longDuration(),
  slowstart: longDuration(0),
  fail_open: flag,
};

const { balance, check, inter, fall, rise, weight, maxconn, timeout, slowstart, fail_open } = optionKeys;

/** How services are served of which nobody says anything. */
export const serviceDefaults = z
  .object({
    balance: balance.default('roundrobin'),
    check: check.default('tcp'),
    inter: inter.default(2 * second),
    fall: fall.default(3),
    rise: rise.default(2),
    weight: weight.default(100),
    maxconn: maxconn.default(0),
    timeout: timeout.default(60 * second),
    slowstart: slowstart.default(0),
    fail_open: fail_open.default(true),
  })
  .prefault({})
  .transform(({ inter, timeout, slowstart, fail_open: failOpen, ...keys }): ServiceOptions => ({
    ...keys,
    interMs: inter,
    timeoutMs: timeout,
    slowstartMs: slowstart,
    failOpen,
    sticky: false,
    scheme: 'http',
    snippet: [],
  }));

const overrides = z
  .object({
    ...optionKeys,
    cookie: optionalText(checkCookieName),
    sticky: flag,
    scheme: oneOf(schemes),
    snippet: z.array(fileLine),
  })
  .partial()
  .transform(({ inter, timeout, slowstart, fail_open: failOpen, ...keys }) =>
    given({ ...keys, interMs: inter, timeoutMs: timeout, slowstartMs: slowstart, failOpen }),
  );

/** By the name of the service, over what its source says. */
export const services = z.record(z.string(), overrides).default({});

/** Where functions of the registrator are sent. */
export const lambda = z
  .object({
    proxy: z.array(server).min(1, 'must name at least one server').prefault(['127.0.0.1:8080']),
    check: check.default('tcp'),
    host: hostTemplate,
  })
  .optional();

/** Without what is left out. */
function given(options: { [Key in keyof ServiceOptions]?: ServiceOptions[Key] | undefined }): SaidOptions {
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said);
}
