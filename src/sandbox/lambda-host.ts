import type { Answer } from './lambda.ts';

/**
 * Stands in for the Lambda service in a process of its own: loads the bundle that the command line names, hands every
 * message of its parent to the handler as an event, and sends back what it answered. Ends with its parent.
 */
const [, , bundle = '', functionArn = ''] = process.argv;
const { handler } = (await import(bundle)) as {
  handler: (event: unknown, context: object) => Promise<unknown>;
};

/** What Lambda grants by the registrator's Terraform module. */
const timeoutMs = 60_000;
let requests = 0;

process.on('message', (event) => {
  const end = performance.now() + timeoutMs;
  requests += 1;
  const context = {
    awsRequestId: `sandbox-${requests}`,
    functionName: functionArn.split(':').at(-1),
    invokedFunctionArn: functionArn,
    getRemainingTimeInMillis: () => end - performance.now(),
  };
  const answer = (said: Answer): unknown => process.send?.(said);
  handler(event, context).then(
    (result) => answer({ result }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.once('disconnect', () => process.exit());
