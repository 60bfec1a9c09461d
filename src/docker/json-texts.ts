/**
 * Cuts a stream of bytes into the JSON objects that stand in it one after the other, with whatever blanks or record
 * separators (RFC 7464) in between, wherever the bytes are split.
 */
export class JsonTexts {
  readonly #longest: number;
  readonly #decoder = new TextDecoder('utf-8');
  #text = '';
  /** Where the next look at the text begins. */
  #at = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** @param longest how many characters an object may have */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /**
   * The objects that `bytes` complete, as text.
   * @throws Error for what is no object, or is too long
   */
  push(bytes: Uint8Array): string[] {
    this.#text += this.#decoder.decode(bytes, { stream: true });
    const found: string[] = [];
    for (let start = 0; ;) {
      start = this.#depth === 0 ? this.#startOfObject(start) : start;
      const end = this.#endOfObject();
      if (end === undefined) {
        this.#keepFrom(start);
        return found;
      }
      found.push(this.#text.slice(start, end));
      start = end;
    }
  }

  #startOfObject(from: number): number {
    let start = from;
    while (start < this.#text.length && ' \t\r\n\u001E'.includes(this.#text.charAt(start))) start += 1;
    if (start < this.#text.length && this.#text.charAt(start) !== '{')
      throw new Error('something that is no JSON object');
    this.#at = start;
    return start;
  }

  /** The end of the object that is being read; undefined while it has not come. */
  #endOfObject(): number | undefined {
    for (; this.#at < this.#text.length; this.#at += 1) {
      this.#step(this.#text.charAt(this.#at));
      if (this.#depth === 0) return (this.#at += 1);
    }
    return undefined;
  }

  #step(character: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (this.#inString && character === '\\') this.#escaped = true;
    else if (character === '"') this.#inString = !this.#inString;
    else if (!this.#inString && '{['.includes(character)) this.#depth += 1;
    else if (!this.#inString && '}]'.includes(character)) this.#depth -= 1;
  }

  #keepFrom(start: number): void {
    this.#text = this.#text.slice(start);
    this.#at = this.#text.length;
    if (this.#text.length > this.#longest)
      throw new Error(`an object of more than ${this.#longest} characters`);
  }
}
