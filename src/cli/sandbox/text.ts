import { unqualifiedArn } from '../../lambda-service/arn.ts';
import { enabledTag } from '../../lambda-service/tags.ts';
import { sandboxCredentials } from '../../sandbox/functions.ts';
import type { System } from '../../sandbox/system/system.ts';

/** Where everything is. */
export function addressesText(system: System, haproxyVersion: string | undefined): string {
  const { consul, second, aws, proxy, edge } = system;
  const rows = [
    [`Consul ${consul.version}`, `${consul.address}/ui/`],
    ...(second ? [[`Consul of ${second.datacenter}`, `${second.address}/ui/, joined over the WAN`]] : []),
    ['AWS', `${aws.url}, played by the sandbox: nothing here reaches a real account`],
    ['Proxy', `http://127.0.0.1:${proxy.port}/, for functions`],
    ...(edge ? edgeRows(edge, haproxyVersion) : []),
  ];
  const width = Math.max(...rows.map(([name = '']) => name.length));
  return rows.map(([name = '', at = '']) => `${name.padEnd(width)}  ${at}`).join('\n');
}

function edgeRows({ agent, registry }: NonNullable<System['edge']>, version = ''): string[][] {
  return [
    [`HAProxy ${version}`, `http://127.0.0.1:${agent.entry}/, for functions and servers`],
    ['Agent', `${agent.page}, its status page`],
    ['Registry', registry.url],
  ];
}

/** What is left out where there is no HAProxy. */
export const withoutHaproxy =
  'No HAProxy 2.6 or later was found, so the agent and the registry are left out: put haproxy on PATH or name it in HAPROXY_BIN.';

/** That a program of the sandbox is gone, by a signal or with a status. */
export function lostText(program: string, how: string): string {
  return `${program} has ended (${how}), and the sandbox does not start it again: Ctrl-C ends what is left.`;
}

/** How to change functions of a sandbox that stays up; the line for the AWS CLI can reach nothing but the sandbox. */
export function stayingUpText(endpoint: string, world: { region: string; account: string }): string {
  const { accessKeyId, secretAccessKey } = sandboxCredentials;
  const keys = `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`;
  const arn = unqualifiedArn({ partition: 'aws', ...world, functionName: 'thumbnails' });
  return [
    '\nThe sandbox stays up until Ctrl-C, and shows what changes. In another terminal:',
    '  npx lambda-registrator sandbox create NAME enabled=true route-host=NAME.example.com',
    '  npx lambda-registrator sandbox tag NAME aliases=live+canary',
    '  npx lambda-registrator sandbox untag NAME',
    '  npx lambda-registrator sandbox delete NAME',
    '  npx lambda-registrator sandbox faults throttle=30 drop=5',
    'or with the AWS CLI:',
    `  ${keys} aws --endpoint-url ${endpoint} --region ${world.region} lambda tag-resource --resource ${arn} --tags ${enabledTag}=true`,
  ].join('\n');
}
