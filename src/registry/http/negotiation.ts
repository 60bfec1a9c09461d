/** The forms in which a configuration is answered, best first. */
const forms = ['text', 'json', 'legacy'] as const;
export type Form = (typeof forms)[number];

export const mediaTypes: Readonly<Record<Form, string>> = {
  text: 'text/plain',
  json: 'application/json',
  /** The configuration as one JSON string, which scripts un-escape. */
  legacy: 'application/vnd.lambda-registry.v1+json',
};

/**
 * The form that an Accept header asks for. Callers without a preference get `standard`, those who accept none of the
 * forms get text (RFC 9110 section 12.5.1 allows it).
 */
export function formFor(accept: string | null, standard: Form): Form {
  const ranges = rangesOf(accept ?? '*/*');
  if (ranges.every(({ range }) => range === '*/*')) return standard;
  const quality = (form: Form): number => qualityOf(mediaTypes[form], ranges);
  const best = forms.toSorted((left, right) => quality(right) - quality(left))[0] ?? 'text';
  return quality(best) > 0 ? best : 'text';
}

/** Whether an Accept-Encoding header allows gzip. */
export function acceptsGzip(header: string | null): boolean {
  const ranges = rangesOf(header ?? '');
  const named = ranges.find(({ range }) => range === 'gzip') ?? ranges.find(({ range }) => range === '*');
  return named !== undefined && named.quality > 0;
}

/** Whether an If-None-Match header names the tag; weak comparison (RFC 9110 section 13.1.2). */
export function matchesTag(header: string | null, tag: string): boolean {
  const opaque = (text: string): string => text.trim().replace(/^W\//, '');
  const listed = new Set((header ?? '').split(',').map(opaque));
  return listed.has('*') || listed.has(opaque(tag));
}

interface Range {
  range: string;
  quality: number;
}

function rangesOf(header: string): Range[] {
  return header
    .toLowerCase()
    .split(',')
    .map((part) => part.split(';').map((word) => word.trim()))
    .filter(([range]) => range !== undefined && range !== '')
    .map(([range = '', ...parameters]) => {
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return { range, quality: weight === undefined ? 1 : Number(weight.slice(2)) || 0 };
    });
}

/** The most specific range that covers a type decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const covering = [type, type.replace(/\/.*/, '/*'), '*/*'];
  return covering.map((name) => ranges.find(({ range }) => range === name)).find(Boolean)?.quality ?? 0;
}
