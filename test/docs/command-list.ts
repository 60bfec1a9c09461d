import { pages, type ShownCommand, commandsOf } from './pages.ts';

/** Pages whose commands are typed by `commands.consul.test.ts`, all but those in the list below. */
export const pagesRun = [
  'docs/registrator.md',
  'docs/registry.md',
  'docs/proxy.md',
  'docs/agent.md',
] as const;

/**
 * The commands of the pages that no test of the pages runs, by what they need and by the page that shows them. They are
 * linted by `commands.test.ts`. What `docs/commands.md` shows are examples of helps, which are linted too.
 */
export const notRun: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  AWS: {
    'docs/registrator.md': [
      'aws lambda tag-resource --resource arn:aws:lambda:eu-west-1:123456789012:function:orders \\\n  --tags serverless.consul.hashicorp.com/v1alpha1/lambda/enabled=true',
      'export AWS_REGION=eu-west-1 CONSUL_HTTP_ADDR=https://consul.example.com:8501',
    ],
    'docs/registry.md': [
      "npx lambda-registrator registry push report.json --url https://abc123.execute-api.eu-west-1.amazonaws.com \\\n  --config /etc/haproxy/haproxy.cfg --reload 'systemctl reload haproxy'",
    ],
  },
  'Terraform and AWS': {
    'docs/terraform.md': [
      'terraform init',
      'terraform apply',
      'aws lambda tag-resource --resource arn:aws:lambda:eu-west-1:123456789012:function:orders \\\n  --tags serverless.consul.hashicorp.com/v1alpha1/lambda/enabled=true',
      `aws lambda invoke --function-name lambda-registrator --cli-binary-format raw-in-base64-out \\\n  --payload '{"source":"lambda-registrator","action":"sync","dryRun":true}' report.json`,
    ],
  },
  'an engine for images': {
    'docs/proxy.md': [
      'docker run --rm --detach --publish 9000:8080 --env FUNCTION_NAME=golden-goose \\\n  --volume "$PWD/images/proxy/function:/var/task:ro" public.ecr.aws/lambda/nodejs:22 index.handler',
    ],
    'images/README.md': [
      'docker build --file images/proxy/Dockerfile --tag lambda-proxy .',
      'docker build --file images/agent/Dockerfile --tag haproxy-agent .',
      'docker run --volume ./lrp.yaml:/etc/lrp.yaml:ro --publish 8080:8080 lambda-proxy /etc/lrp.yaml',
      `docker run --env AWS_REGION=eu-west-1 --env 'NAMESPACE_MAP=[{"namespace":"cluster","domainname":"example.com"}]' \\\n  --volume agent-state:/var/lib/lambda-registrator --publish 80:80 --publish 3000:3000 haproxy-agent`,
      'docker compose --file images/proxy/compose.yaml up --build --wait',
      'docker compose --file images/proxy/compose.yaml exec lambda-1 curl --silent http://foo.domain.lb:8080/hello',
    ],
  },
  systemd: {
    'units/README.md': [
      'cd /opt/lambda-registrator/lib/node_modules/lambda-registrator/units',
      'install -D --mode=0644 --target-directory=/etc/systemd/system lambda-proxy.service',
      'systemctl daemon-reload',
      'systemctl enable --now lambda-proxy.service',
      'install -D --mode=0644 first.cfg /etc/lambda-registrator/first.cfg',
      'install -D --mode=0644 tmpfiles.conf /etc/tmpfiles.d/lambda-registrator.conf',
      'install -D --mode=0644 haproxy.service.d/agent.conf /etc/systemd/system/haproxy.service.d/agent.conf',
      'install -D --mode=0644 lambda-agent.service /etc/systemd/system/lambda-agent.service',
      'install -D --mode=0644 lambda-agent.service.d/drive.conf /etc/systemd/system/lambda-agent.service.d/drive.conf',
      'systemd-tmpfiles --create lambda-registrator.conf',
      'systemctl restart haproxy.service',
      'systemctl enable --now lambda-agent.service',
    ],
  },
  'a registry of packages': {
    'docs/terraform.md': ['npm install && npm run module'],
    'README.md': ['npm install && npm run demo', 'npm install && npm test'],
    'CONTRIBUTING.md': [
      'npm ci',
      'npm run setup   # finds or installs Consul and HAProxy under .cache',
      'npm test',
    ],
    'units/README.md': ['npm install --global --prefix /opt/lambda-registrator lambda-registrator'],
  },
  // test/e2e/sandbox.test.ts compares what it says.
  'a test of its own': { 'README.md': ['npm run demo -- --once'] },
};

/** Whether a page's command is typed by `commands.consul.test.ts`, if the page is one of those that it runs. */
export function isRunHere({ page, command }: ShownCommand): boolean {
  return !Object.values(notRun).some((byPage) => byPage[page]?.includes(command));
}

/** Every command that a page tells somebody to type, but for the examples of helps. */
export function shownCommands(): ShownCommand[] {
  return pages.filter((page) => page !== 'docs/commands.md').flatMap(commandsOf);
}
