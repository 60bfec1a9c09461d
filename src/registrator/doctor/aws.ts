import { AppError, isAppError } from '../../core/errors.ts';
import type { Deadline } from '../../core/deadline.ts';
import { type Examination, fail, failure, type Finding, ok, skip, some, warn } from './check.ts';
import type { Subject } from './subject.ts';

/** Names of parameters that tell nothing, and that nobody has. */
const probe = 'default/default/lambda-registrator-probe';

const needs = ['AWS identity'];

/** What is asked of AWS to sync. */
export const awsExaminations: readonly Examination[] = [
  { name: 'AWS identity', needs: ['environment'], look: identity },
  { name: 'tag:GetResources', needs, patienceMs: 60_000, look: index },
  { name: 'lambda:ListTags', needs, patienceMs: 60_000, look: tags },
  { name: 'parameters', needs: ['environment'], look: parameters },
  { name: 'extension parameters', needs, look: extensionParameters },
];

async function identity({ scope }: Subject, deadline: Deadline): Promise<Finding> {
  const { account, region, ownerId } = await scope(deadline);
  return ok(`account ${account}, region ${region}, owner ${ownerId}`);
}

async function index({ listing, functions }: Subject, deadline: Deadline): Promise<Finding> {
  try {
    const { items, failure: cut } = await listing(deadline);
    return cut === undefined ? ok(`${items.length} functions carry the enabled tag`) : failure(cut);
  } catch (error) {
    if (!isAppError(error, 'UPSTREAM_AUTH')) throw error;
    const { items, failure: closed } = await functions.listAll(deadline);
    if (closed !== undefined) return fail(`${error.message} ${closed.message}`, 'Grant tag:GetResources.');
    const found = `denied; each of ${items.length} functions is read itself instead, which takes long`;
    return warn(found, 'Grant tag:GetResources, which finds the tagged functions in a few calls.');
  }
}

async function tags(subject: Subject, deadline: Deadline): Promise<Finding> {
  const arn = await anyFunction(subject, deadline);
  if (arn === undefined) {
    return skip('There is no function to ask about.', 'Tag a function, and look again.');
  }
  await subject.functions.tagsOf(arn, deadline);
  return ok(`read of ${arn}`);
}

async function anyFunction({ listing, functions }: Subject, deadline: Deadline): Promise<string | undefined> {
  try {
    return (await listing(deadline)).items[0]?.arn;
  } catch (error) {
    if (!isAppError(error, 'UPSTREAM_AUTH')) throw error;
    return (await functions.listAll(deadline)).items[0];
  }
}

async function parameters(subject: Subject, deadline: Deadline): Promise<Finding> {
  const { tokenParameter, caParameter } = subject.config;
  const named = [tokenParameter, caParameter].filter((name) => name !== undefined);
  if (named.length === 0) return ok('none is named by CONSUL_HTTP_TOKEN_PATH or CONSUL_CACERT_PATH');
  const errors = (await Promise.all(named.map((name) => unreadable(subject, name, deadline)))).filter(
    (error) => error !== undefined,
  );
  const [first] = errors;
  if (first === undefined) return ok(`${named.join(' and ')} can be read`);
  return { ...failure(first), found: some(errors.map(({ message }) => message)) };
}

/** Some endpoints deny before they look, others look before they deny: what is missing may be read. */
async function extensionParameters(subject: Subject, deadline: Deadline): Promise<Finding> {
  const { extension } = subject.config;
  if (extension === undefined) return ok('not used: CONSUL_EXTENSION_DATA_PREFIX is not set');
  const error = await unreadable(subject, `${extension.prefix}/${probe}`, deadline);
  if (error === undefined || error.code === 'NOT_FOUND') return ok(`${extension.prefix} can be read`);
  return failure(error);
}

async function unreadable(subject: Subject, name: string, deadline: Deadline): Promise<AppError | undefined> {
  try {
    await subject.parameters.value(name, deadline);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
