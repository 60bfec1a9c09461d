import { type AgentChapter, startAgentChapter } from '../../sandbox/agent-demo.ts';
import { table } from '../table.ts';
import type { Terminal } from '../terminal.ts';

/** Shows the agent beside the Consul of the sandbox and the HAProxy of this machine; it stays up until it is closed. */
export async function demonstrateAgent(
  haproxy: string,
  consul: string,
  terminal: Terminal,
): Promise<AgentChapter> {
  terminal.print('\n# The agent: HAProxy follows Consul');
  return startAgentChapter({
    haproxy,
    consul,
    onStep: (title) => terminal.print(`\n## ${title}`),
    onStarted: (file, page) => {
      const lines = file.trimEnd().split('\n');
      terminal.print(`agent.yaml:\n${lines.map((line) => `  ${line}`).join('\n')}`);
      terminal.print(`Its status page is at ${page}`);
    },
    onServed: (rows) => terminal.print(`HAProxy serves:\n${table(['service', 'routes', 'servers'], rows)}\n`),
    onAsked: (request, answers) => terminal.print(`$ ${request}\n  ${answers.join(', ')}`),
  });
}
