import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group/index.js';
import { Fn, Token } from 'cdktf';
import { Construct } from 'constructs';
import { addBlocks } from '../../values/blocks.ts';
import { either, given } from '../../values/decision.ts';
import type { TaskSettings } from './containers.ts';

/** Who may call the tasks of a program, as a security group. Its rules stand within it, so that nothing but they is in it. */
export class Access extends Construct {
  readonly groupId: string;
  /**
   * The region, from the group that is there: a task definition can only be replaced, so that nothing in it may rest on a
   * data source, which is unknown where it is read late.
   */
  readonly region: string;

  constructor(scope: Construct, id: string, settings: TaskSettings, ports: readonly number[]) {
    super(scope, id);
    const { name, vpcId, tags, allowedSecurityGroupIds, allowedCidrBlocks } = settings;
    const group = new SecurityGroup(this, 'group', {
      name,
      description: `Who may call the tasks of ${name}`,
      vpcId,
      egress: [everywhere],
      tags,
    });
    const anybody = either(given(allowedSecurityGroupIds), given(allowedCidrBlocks));
    const rules = ports.map((port) => ({
      description: 'Requests and checks of health',
      protocol: 'tcp',
      from_port: port,
      to_port: port,
      security_groups: allowedSecurityGroupIds,
      cidr_blocks: allowedCidrBlocks,
      ipv6_cidr_blocks: [],
      prefix_list_ids: [],
      self: false,
    }));
    addBlocks(group, 'ingress', anybody, rules);
    this.groupId = group.id;
    this.region = Token.asString(Fn.element(Fn.split(':', group.arn), 3));
  }
}

/** In JSON, Terraform asks for every argument of a rule. */
const everywhere = {
  description: 'AWS, Consul and whatever is behind it',
  protocol: '-1',
  fromPort: 0,
  toPort: 0,
  cidrBlocks: ['0.0.0.0/0'],
  ipv6CidrBlocks: ['::/0'],
  prefixListIds: [],
  securityGroups: [],
  selfAttribute: false,
};
