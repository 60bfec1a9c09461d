import { proxyChapter } from '../../sandbox/proxy-demo.ts';
import type { Terminal } from '../terminal.ts';

/** Shows the proxy before three functions that run here. */
export async function demonstrateProxy(terminal: Terminal): Promise<void> {
  terminal.print('\n# The proxy: functions answer plain HTTP');
  await proxyChapter({
    onStep: (title) => terminal.print(`\n## ${title}`),
    onConfigured: (file) => terminal.print(`lrp.yaml:\n${indented(file.trimEnd().split('\n'))}`),
    onAsked: (request, answer) => terminal.print(`$ ${request}\n${indented(answer)}`),
    onLogged: (line) => terminal.print(line),
  });
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
