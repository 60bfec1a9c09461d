import { both, either, equals, given, matches, not } from '../../values/decision.ts';
import { hasNone, namesIn } from '../../values/maps.ts';
import type { Requirement } from '../../values/requirements.ts';
import type { Program, TaskSettings } from './containers.ts';
import { isFargateSize } from './sizes.ts';

/** What the inputs of every task must fulfil together. */
export function taskRequirements({ environment: own }: Program, settings: TaskSettings): Requirement[] {
  const isFargate = equals(settings.capacity, 'FARGATE');
  const names = Object.keys(own);
  const { environment, secrets } = settings;
  return [
    {
      holds: not(matches(settings.name, /^[Ss][Gg]-/)),
      message: 'name must not begin with sg-, which names of security groups cannot.',
    },
    {
      holds: given(settings.subnetIds),
      message: 'subnet_ids must name at least one subnet, for example subnet_ids = ["subnet-0abc"].',
    },
    {
      holds: either(not(isFargate), isFargateSize(settings.cpu, settings.memory)),
      message:
        'cpu and memory must be a size that Fargate has, for example cpu = 512 with memory = 1024; 256 goes with 512 to 2048 MiB, 512 with 1024 to 4096, 1024 with 2048 to 8192, in whole GiB.',
    },
    {
      holds: either(isFargate, not(settings.assignPublicIp)),
      message: 'assign_public_ip needs capacity "FARGATE"; tasks on instances have no public addresses.',
    },
    {
      holds: both(hasNone(environment, names), hasNone(secrets, names)),
      message: `environment and secrets must not have ${names.join(', ')}, set here already.`,
    },
    {
      holds: hasNone(secrets, namesIn(environment)),
      message: 'environment and secrets must not have the same name; ECS refuses such tasks.',
    },
  ];
}
