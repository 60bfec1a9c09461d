/** One section of a configuration file. */
interface Section {
  heading: string;
  /** The number of the heading's line, counted from 1. */
  start: number;
  /** The service that the comment above a backend names, as the renderer writes it. */
  service: string | undefined;
  lines: string[];
}

const mostNamed = 5;

/**
 * HAProxy's messages about a configuration, one a line, each with the services that it is about: those of the backend
 * that holds the line (`[haproxy.cfg:65]`) or that it names, and those whose servers need the resolvers that it is about.
 * @param text the configuration, as `render` writes it
 */
export function withServices(messages: string, text: string): string {
  const sections = sectionsOf(text);
  return messages
    .split('\n')
    .map((message) => `${message}${suffix(servicesBehind(message, sections))}`)
    .join('\n');
}

function suffix(services: readonly string[]): string {
  if (services.length === 0) return '';
  const named = services.slice(0, mostNamed).join(', ');
  const more = services.length > mostNamed ? ` and ${services.length - mostNamed} more` : '';
  return services.length === 1 ? ` (of the service ${named})` : ` (of the services ${named}${more})`;
}

function servicesBehind(message: string, sections: readonly Section[]): string[] {
  const [, line] = /\[[^\]]*:(\d+)\]/.exec(message) ?? [];
  const found =
    line === undefined
      ? sections.filter(({ heading }) => names(message, heading))
      : sections.filter(({ start }) => start <= Number(line)).slice(-1);
  return [...new Set(found.flatMap((section) => section.service ?? usersOf(section, sections)))];
}

/** Whether a message without a line speaks of a backend, as in `'server r_web/s_1'`. */
function names(message: string, heading: string): boolean {
  const [, backend] = /^backend (\S+)$/.exec(heading) ?? [];
  return backend !== undefined && message.split(/[\s'"/,;]+|[.:](?=\s|$)/).includes(backend);
}

function usersOf({ heading }: Section, sections: readonly Section[]): string[] {
  if (!heading.startsWith('resolvers ')) return [];
  return sections
    .filter(({ lines }) => lines.some((line) => `${line} `.includes(` ${heading} `)))
    .flatMap(({ service }) => service ?? []);
}

function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  let service: string | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    if (line.startsWith('#')) [, service] = /^# (\S+):(?: |$)/.exec(line) ?? [];
    else if (/^\s|^$/.test(line)) sections.at(-1)?.lines.push(line);
    else {
      sections.push({ heading: line, start: at + 1, service, lines: [] });
      service = undefined;
    }
  }
  return sections;
}
