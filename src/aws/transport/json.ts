/** What the bytes or the text say as JSON; undefined for what is none. */
export function jsonIn(said: Buffer | string): unknown {
  try {
    return JSON.parse(said.toString());
  } catch {
    return undefined;
  }
}
