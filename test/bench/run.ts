/**
 * Runs the benchmarks one after another, or those whose names contain one of the arguments. They print ratios of one run,
 * since times alone say more about the machine than about the code.
 */
const benchmarks = {
  'registrator-plan': () => import('./registrator/plan.ts'),
  'agent-recompute': () => import('./agent-recompute.ts'),
  'haproxy-render': () => import('./haproxy-render.ts'),
  'haproxy-routing': () => import('./haproxy-routing.ts'),
  'registry-unchanged': () => import('./registry-unchanged.ts'),
  'proxy-invoke': () => import('./proxy-invoke.ts'),
  'lambda-proxy': () => import('./proxy.ts'),
  registrator: () => import('./registrator.ts'),
  agent: () => import('./agent.ts'),
};

const wanted = process.argv.slice(2);
for (const [name, run] of Object.entries(benchmarks)) {
  if (wanted.length === 0 || wanted.some((word) => name.includes(word))) await run();
}
