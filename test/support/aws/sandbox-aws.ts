import type { AwsTarget } from '../../../src/aws/client.ts';
import { type SandboxAws, startSandboxAws } from '../../../src/sandbox/aws/server.ts';

export const account = '123456789012';
export const region = 'eu-west-1';
/** Where a registrator of that account and region lives. */
export const home = { partition: 'aws', account, region };

/** Endpoints of one account, and the target by which clients reach them. */
export async function sandboxAws(): Promise<SandboxAws & { target: AwsTarget }> {
  const aws = await startSandboxAws({ account, region });
  return { ...aws, target: targetAt(aws.url) };
}

/** How SDK clients reach AWS endpoints at `url`; any key will do there. */
export function targetAt(url: string): Required<AwsTarget> {
  return { region, endpoint: url, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' } };
}

export function functionArn(name: string): string {
  return `arn:aws:lambda:${region}:${account}:function:${name}`;
}
