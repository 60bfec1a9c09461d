/**
 * Who may import whom. Left may not know right:
 * core < config, haproxy, http, lambda-service < the edges < daemon < the programs < sandbox, cli.
 */
const pure = '^src/(core|config|haproxy|http|lambda-service)/';
const edges = ['consul', 'aws', 'docker', 'haproxy-process', 'registry-client', 'local'];
const programs = ['registrator', 'registry', 'agent', 'proxy'];

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    forbid(
      'no-cycles',
      'Files that need each other are one idea: merge or split them.',
      {},
      { circular: true },
    ),
    forbid('core-knows-nobody', 'core is the bottom.', { path: '^src/core/' }, { path: '^src/(?!core/)' }),
    forbid(
      'pure-knows-core-and-itself',
      'Pure folders know core and themselves alone.',
      { path: '^src/(config|haproxy|http|lambda-service)/' },
      { path: '^src/', pathNot: ['^src/core/', '^src/$1/'] },
    ),
    forbid(
      'pure-does-no-io',
      'Pure folders reach neither disk, network, processes nor an SDK.',
      { path: pure },
      {
        path: '^(node:)?(fs|net|http|https|http2|tls|dgram|dns|child_process|worker_threads)(/|$)|node_modules/(@aws-sdk|@smithy|consul|undici|dockerode)/',
      },
    ),
    forbid(
      'edges-know-core-and-pure',
      'An edge speaks to one system.',
      { path: `^src/(${edges.join('|')})/` },
      {
        path: `^src/(${[...edges, 'daemon', ...programs, 'sandbox', 'cli'].join('|')})/`,
        pathNot: '^src/$1/',
      },
    ),
    forbid(
      'daemon-knows-no-program',
      'The daemon is what programs share at run time.',
      { path: '^src/daemon/' },
      { path: `^src/(${[...programs, 'sandbox', 'cli'].join('|')})/` },
    ),
    forbid(
      'config-loads-no-edge',
      'Every config.ts knows core and pure folders alone, so that Terraform loads no SDK.',
      { path: '^src/([^/]+)/config\\.ts$' },
      { path: '^src/', pathNot: ['^src/(core|config|haproxy|http|lambda-service)/', '^src/$1/'] },
    ),
    forbid(
      'programs-are-strangers',
      'Programs share pure folders and edges, never each other.',
      { path: `^src/(${programs.join('|')})/` },
      { path: `^src/(${[...programs, 'sandbox', 'cli'].join('|')})/`, pathNot: '^src/$1/' },
    ),
    forbid(
      'sandbox-knows-no-cli',
      'The cli starts the sandbox.',
      { path: '^src/sandbox/' },
      { path: '^src/cli/' },
    ),
    forbid(
      'infra-knows-config-only',
      'Terraform and code agree on names and rules through config.ts and what it is made of.',
      { path: '^infra/' },
      { path: '^src/', pathNot: '^src/(config/|[^/]+/config\\.ts$)' },
    ),
    forbid(
      'src-knows-no-tests',
      'Tests import src, never the reverse.',
      { path: '^src/' },
      { path: '^(test|scripts|infra)/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
