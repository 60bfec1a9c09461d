/** One section of a configuration: its heading and the words of its lines. */
export interface Section {
  readonly heading: string;
  readonly lines: readonly (readonly string[])[];
}

/**
 * Reads a file as HAProxy does when nothing in it is quoted, and throws where anything is: then a reader of lines and words
 * could see something else than HAProxy does.
 */
export function parseHaproxyFile(text: string): Section[] {
  if (!text.endsWith('\n')) throw new Error('The last line has no newline.');
  const sections: { heading: string; lines: string[][] }[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# ')) continue;
    if (!/^[ -~]*$/.test(line) || /["'\\#]|\$\{|\s$/.test(line))
      throw new Error(`Not plain: ${JSON.stringify(line)}`);
    const words = line.trim().split(/ +/);
    if (words.length > 64) throw new Error(`More than 64 words: ${line}`);
    if (line.startsWith('    ') || line.startsWith('.')) sections.at(-1)?.lines.push(words);
    else sections.push({ heading: line, lines: [] });
  }
  return sections;
}

/** The lines of the section with this heading; none when there is no such section. */
export function linesOf(text: string, heading: string): string[] {
  const section = parseHaproxyFile(text).find((section) => section.heading === heading);
  return section?.lines.map((words) => words.join(' ')) ?? [];
}
