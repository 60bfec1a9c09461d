/**
 * A received value as JSON, for a message: cut after `longest` characters, so that a log line stays a line; `nothing`
 * for what is missing.
 */
export function quoted(value: unknown, longest = 200): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > longest ? `${json.slice(0, longest)}…` : json;
}

/** `text` with a full stop at its end, unless whoever wrote it set one: for messages that go on after other people's words. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
