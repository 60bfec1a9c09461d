/** One archive of the machine's apt configuration, with what else apt has to know of it (keys, architectures). */
export interface AptSource {
  uris: string[];
  suites: string[];
  components: string[];
  /** Remaining deb822 fields as written, e.g. `Signed-By` with a path or a whole key. */
  options: Record<string, string>;
}

/** Binary archives of a deb822 file (`*.sources`, https://manpages.debian.org/sources.list.5). */
export function readDeb822(text: string): AptSource[] {
  const paragraphs = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\n\s*\n/);
  return paragraphs.flatMap((paragraph) => {
    const fields = Object.fromEntries(
      paragraph
        .split(/\n(?=\S)/)
        .map((field) => /^\s*([^:\s]+):\s?([\s\S]*)$/.exec(field))
        .filter((match) => match !== null)
        .map(([, name = '', value = '']) => [name.toLowerCase(), value.trimEnd()]),
    );
    const { types = '', uris = '', suites = '', components = '', enabled = 'yes', ...options } = fields;
    if (!words(types).includes('deb') || /^(no|false|without|off|disable)$/i.test(enabled.trim())) return [];
    return [{ uris: words(uris), suites: words(suites), components: words(components), options }];
  });
}

/** Binary archives of a file in the older one-line format (`*.list`). */
export function readOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    return [
      { uris: [uri], suites: [suite], components: words(components), options: oneLineOptions(options) },
    ];
  });
}

export function writeDeb822(sources: readonly AptSource[]): string {
  return sources
    .map(({ uris, suites, components, options }) =>
      [
        'Types: deb',
        `URIs: ${uris.join(' ')}`,
        `Suites: ${suites.join(' ')}`,
        ...(components.length > 0 ? [`Components: ${components.join(' ')}`] : []),
        ...Object.entries(options).map(([name, value]) => `${name}: ${value}`),
        '',
      ].join('\n'),
    )
    .join('\n');
}

/** The archives of the distribution itself, as far as they can be told from what others added. */
export function distributionSources(sources: readonly AptSource[]): AptSource[] {
  const own = sources.filter(({ uris }) => uris.some((uri) => /debian|ubuntu/i.test(uri)));
  return own.length > 0 ? own : [...sources];
}

/** Another release of Debian from the archive that this machine uses, or undefined where it uses none of Debian's. */
export function debianRelease(sources: readonly AptSource[], suite: string): AptSource | undefined {
  const archive = sources.find(
    ({ uris, components }) => components.includes('main') && uris.some((uri) => /\/debian\/?$/.test(uri)),
  );
  return archive && { ...archive, suites: [suite], components: ['main'] };
}

/** Options of the one-line format under their deb822 names. */
const oneLineNames: Readonly<Record<string, string>> = {
  'signed-by': 'signed-by',
  arch: 'architectures',
  trusted: 'trusted',
};

function oneLineOptions(text: string): Record<string, string> {
  return Object.fromEntries(
    words(text).flatMap((option) => {
      const [name = '', value = ''] = option.split('=');
      const field = oneLineNames[name.toLowerCase()];
      return field ? [[field, value.replaceAll(',', ' ')]] : [];
    }),
  );
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
