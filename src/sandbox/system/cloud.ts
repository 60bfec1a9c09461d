import { type SandboxAws, startSandboxAws } from '../aws/server.ts';
import { addFunction, type FunctionCode } from '../aws/world.ts';
import { provideAwslambda } from '../runtime/awslambda.ts';
import { type Handler, runHandler } from '../runtime/invocation.ts';
import { withWholeKeys } from '../functions.ts';
import { account, initialFunctions } from '../scenario.ts';

/**
 * Starts AWS with the functions of the scenario, whose code runs in this process: one streams, one answers a picture, and
 * all others, those that are created later too, echo what they are asked.
 */
export async function startCloud(): Promise<SandboxAws> {
  const aws = await startSandboxAws({ account, region: 'eu-west-1' });
  for (const [name, tags] of Object.entries(initialFunctions))
    addFunction(aws.world, name, withWholeKeys(tags));
  provideAwslambda();
  const { handler: echo } = await import('../runtime/functions/echo.ts');
  const { handler: countdown } = await import('../runtime/functions/countdown.ts');
  const { handler: picture } = await import('../runtime/functions/picture.ts');
  const handlers = new Map<string, Handler>(Object.entries({ countdown, picture }));
  const provideCode = (): void => {
    for (const [name, one] of aws.world.functions) one.code ??= codeOf(handlers.get(name) ?? echo);
  };
  provideCode();
  aws.onEvent(provideCode);
  return aws;
}

function codeOf(handler: Handler): FunctionCode {
  return ({ event }) => runHandler(handler, event);
}
