/** `text` with a full stop at its end, unless whoever wrote it set one: for messages that go on after other people's words. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
