import { Fn, TerraformLocal, Token } from 'cdktf';
import type { Construct } from 'constructs';
import type { taskInputs } from '../../inputs/task.ts';
import type { ValuesOf } from '../../values/inputs.ts';
import { entries, merged } from '../../values/maps.ts';

export type TaskSettings = ValuesOf<typeof taskInputs>;

/** A program as it runs within a task. */
export interface Program {
  readonly name: 'proxy' | 'agent';
  /** Its file, which is written for it before it starts. */
  readonly configuration: string;
  /** Variables that are set here alone. */
  readonly environment: Record<string, string>;
  readonly ports: readonly number[];
  /** Asked within the container: answers 200 while the program is fit to work. */
  readonly healthUrl: string;
  /** Whether it writes to its image's folders. */
  readonly writes: boolean;
}

/** Where files are put for a program. */
const folder = '/etc/lambda-registrator';
const volume = 'configuration';

/** Writes each variable `FILE_<name>` to the file of that name. */
const writeFiles =
  "for (const [name, text] of Object.entries(process.env)) if (name.startsWith('FILE_')) require('node:fs').writeFileSync(name.slice(5), text)";

const exitByAnswer = (url: string) =>
  `fetch('${url}').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))`;

/** The volume that both containers have. */
export const volumes = [{ name: volume }];

/**
 * The JSON of the containers of a task: one that writes the program's files and ends, since ECS has no files of its own, and
 * the program (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html).
 */
export function containerDefinitions(
  scope: Construct,
  program: Program,
  settings: TaskSettings,
  log: { readonly group: string; readonly region: string },
): string {
  const logConfiguration = {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': log.group,
      'awslogs-region': log.region,
      'awslogs-stream-prefix': settings.name,
      // A log that nobody takes shall not hold up requests.
      mode: 'non-blocking',
      'max-buffer-size': '25m',
    },
  };
  const local = new TerraformLocal(scope, 'containers', [
    { ...writer(scope, program, settings), logConfiguration },
    { ...runner(scope, program, settings), logConfiguration },
  ]);
  return Fn.jsonencode(Token.asAny(local.expression));
}

/** Runs as root, since the volume is root's, and has nothing else. */
function writer(scope: Construct, program: Program, { image, secretFiles }: TaskSettings) {
  return {
    name: 'configuration',
    image,
    essential: false,
    user: '0',
    entryPoint: ['node', '-e'],
    command: [writeFiles],
    workingDirectory: folder,
    environment: [{ name: 'FILE_configuration', value: program.configuration }],
    secrets: entries(scope, 'secret-files', secretFiles, { value: 'valueFrom', prefix: 'FILE_' }),
    mountPoints: [{ sourceVolume: volume, containerPath: folder, readOnly: false }],
    readonlyRootFilesystem: true,
    linuxParameters,
  };
}

function runner(scope: Construct, program: Program, settings: TaskSettings) {
  const environment = merged(scope, 'own-environment', settings.environment, program.environment);
  return {
    name: program.name,
    image: settings.image,
    essential: true,
    command: [`${folder}/configuration`],
    dependsOn: [{ containerName: 'configuration', condition: 'SUCCESS' }],
    environment: entries(scope, 'environment', environment, { value: 'value' }),
    secrets: entries(scope, 'secrets', settings.secrets, { value: 'valueFrom' }),
    mountPoints: [{ sourceVolume: volume, containerPath: folder, readOnly: true }],
    portMappings: program.ports.map((port) => ({ containerPort: port, hostPort: port, protocol: 'tcp' })),
    healthCheck: {
      command: ['CMD', 'node', '-e', exitByAnswer(program.healthUrl)],
      interval: 10,
      timeout: 5,
      retries: 3,
      startPeriod: 60,
    },
    stopTimeout: settings.stopTimeoutInSeconds,
    readonlyRootFilesystem: !program.writes,
    ulimits: [{ name: 'nofile', softLimit: 65_536, hardLimit: 65_536 }],
    linuxParameters,
  };
}

/** Docker's own init passes signals on; no program needs what root may do. */
const linuxParameters = { initProcessEnabled: true, capabilities: { drop: ['ALL'] } };
