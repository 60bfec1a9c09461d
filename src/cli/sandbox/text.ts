import { messageOf } from '../../core/errors.ts';
import { unqualifiedArn } from '../../lambda-service/arn.ts';
import { enabledTag } from '../../lambda-service/tags.ts';
import { rowsMissingIn } from '../../sandbox/catalog.ts';
import { sandboxCredentials } from '../../sandbox/functions.ts';
import type { Reconciled, Sandbox } from '../../sandbox/sandbox.ts';
import type { Paint } from '../paint.ts';
import { reportText } from '../registrator/report-text.ts';
import { table } from '../table.ts';

export function introductionText({
  consul,
  second,
  aws,
}: Pick<Sandbox, 'consul' | 'second' | 'aws'>): string {
  const joined = second && `Datacenter ${second.datacenter}, joined over the WAN, is at ${second.address}`;
  return [
    `Consul ${consul.version} is at ${consul.address}, its UI at ${consul.address}/ui/`,
    ...(joined === undefined ? [] : [joined]),
    `AWS is played by ${aws.endpoint}: nothing here reaches a real account.`,
  ].join('\n');
}

/** What one event came to: what was changed, and the whole catalog after it. */
export function reconciledText(reconciled: Reconciled, paint: Paint): string {
  return eventText(reconciled, paint, ({ catalog }) => {
    return `The Consul catalog now:\n${table(['service', 'node', 'function', 'mode', 'tags'], catalog)}`;
  });
}

/** The same for several datacenters, with what changed in their catalogs alone. */
export function movedText(reconciled: Reconciled, paint: Paint): string {
  return eventText(reconciled, paint, ({ before, catalog }) => {
    const rows = [
      ...rowsMissingIn(catalog, before).map((row) => ({ ...row, '': '-' })),
      ...rowsMissingIn(before, catalog).map((row) => ({ ...row, '': '+' })),
    ];
    if (rows.length === 0) return 'Nothing changed in the catalogs.';
    const columns = ['', 'datacenter', 'service', 'node', 'function', 'mode', 'tags'] as const;
    return `In the catalogs:\n${table(columns, rows)}`;
  });
}

function eventText(
  { call, outcome }: Reconciled,
  paint: Paint,
  seen: (outcome: Exclude<Reconciled['outcome'], Error>) => string,
): string {
  const cause = `Event: ${call ?? 'Scheduled Event'}`;
  if (outcome instanceof Error) return `${cause}\nerror: ${messageOf(outcome)}`;
  return [cause, reportText(outcome.report, paint), seen(outcome)].join('\n\n');
}

/** How to change functions of a sandbox that stays up; the line for the AWS CLI can reach nothing but the sandbox. */
export function stayingUpText({ endpoint, region, account }: Sandbox['aws']): string {
  const { accessKeyId, secretAccessKey } = sandboxCredentials;
  const keys = `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`;
  return [
    '\nThe sandbox stays up until Ctrl-C. In another terminal:',
    '  npx lambda-registrator sandbox create NAME',
    '  npx lambda-registrator sandbox tag NAME aliases=live+canary',
    '  npx lambda-registrator sandbox untag NAME',
    '  npx lambda-registrator sandbox delete NAME',
    'or with the AWS CLI:',
    `  ${keys} aws --endpoint-url ${endpoint} --region ${region} lambda tag-resource --resource ${unqualifiedArn({ partition: 'aws', region, account, functionName: 'reports' })} --tags ${enabledTag}=true`,
  ].join('\n');
}
