import { EcsService } from '@cdktf/provider-aws/lib/ecs-service/index.js';
import { conditional, Token } from 'cdktf';
import { Construct } from 'constructs';
import { addBlock } from '../../values/blocks.ts';
import { present } from '../../values/decision.ts';
import { joinedLists } from '../../values/lists.ts';
import type { Access } from './access.ts';
import type { Program, TaskSettings } from './containers.ts';

interface ProgramServiceProps {
  readonly settings: TaskSettings;
  readonly program: Program;
  readonly taskDefinitionArn: string;
  readonly access: Access;
}

/**
 * Keeps tasks of a program running; a deployment whose tasks do not become healthy is rolled back.
 */
export class ProgramService extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: ProgramServiceProps) {
    super(scope, id);
    const { settings, program } = props;
    const service = new EcsService(this, 'service', {
      name: settings.name,
      cluster: settings.clusterName,
      taskDefinition: props.taskDefinitionArn,
      desiredCount: settings.desiredCount,
      launchType: settings.capacity,
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      healthCheckGracePeriodSeconds: graceOf(settings),
      networkConfiguration: {
        subnets: settings.subnetIds,
        securityGroups: joinedLists(settings.securityGroupIds, [props.access.groupId]),
        assignPublicIp: settings.assignPublicIp,
      },
      propagateTags: 'SERVICE',
      tags: settings.tags,
    });
    addBlock(service, 'load_balancer', present(settings.targetGroupArn), {
      target_group_arn: settings.targetGroupArn,
      container_name: program.name,
      container_port: program.ports[0],
    });
    addBlock(service, 'service_registries', present(settings.serviceRegistryArn), {
      registry_arn: settings.serviceRegistryArn,
    });
    this.name = service.name;
  }
}

/** ECS takes it with a load balancer only. */
function graceOf(settings: TaskSettings): number | undefined {
  const behind = present(settings.targetGroupArn);
  const seconds = settings.healthCheckGracePeriodInSeconds;
  if (typeof behind === 'boolean') return behind ? seconds : undefined;
  return Token.asNumber(conditional(behind, seconds, Token.nullValue()));
}
