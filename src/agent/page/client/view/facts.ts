import type { Overview } from '../model/known.ts';
import { element, rowsOf } from './elements.ts';
import { instant } from './times.ts';

type Tone = 'good' | 'bad' | 'partly' | 'plain';

interface Fact {
  readonly name: string;
  readonly text: string;
  readonly tone: Tone;
  /** An instant that the text is followed by. */
  readonly at: string | null;
}

/** Shows what HAProxy and its configuration are like, each fact with its name. */
export function createFacts(target: Element): (overview: Overview) => void {
  const show = rowsOf(target, factElement);
  return (overview) => show([...haproxyFacts(overview), ...configFacts(overview), ...agentFacts(overview)]);
}

function haproxyFacts({ haproxy }: Overview): Fact[] {
  const { up, version, mode, pid, reloads, old_workers: oldWorkers } = haproxy;
  const off = mode === 'off';
  return [
    fact('HAProxy', off ? 'off' : [up ? 'up' : 'down', version ?? ''].join(' ').trim(), {
      tone: off ? 'plain' : up ? 'good' : 'bad',
    }),
    fact('Mode', mode),
    fact('Process', pid === null ? 'none' : String(pid)),
    fact('Reloads', reloads.toLocaleString('en')),
    fact('Old workers', oldWorkers.toLocaleString('en')),
  ];
}

/** What stands before the time. */
function wayText(how: Overview['config']['how']): string {
  if (how === null) return '';
  return how === 'adopted' ? 'before this agent, found' : `by ${how},`;
}

function configFacts({ config }: Overview): Fact[] {
  const { revision, applied_at: appliedAt, how, pending } = config;
  return [
    fact('Configuration', revision ?? 'none yet'),
    appliedAt === null ? fact('Applied', 'never') : fact('Applied', wayText(how), { at: appliedAt }),
    fact('Changes', pending ? 'waiting to be applied' : 'none waiting', {
      tone: pending ? 'partly' : 'plain',
    }),
  ];
}

function agentFacts({ version, started_at: startedAt }: Overview): Fact[] {
  return [fact('Agent', `${version}, since`, { at: startedAt })];
}

function fact(name: string, text: string, more: { tone?: Tone; at?: string } = {}): Fact {
  return { name, text, tone: more.tone ?? 'plain', at: more.at ?? null };
}

function factElement({ name, text, tone, at }: Fact): Element {
  const value = element('dd', { class: `tone ${tone}` }, text);
  if (at !== null) value.append(' ', instant(at));
  return element('div', {}, element('dt', {}, name), value);
}
