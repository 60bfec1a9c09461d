/** What HAProxy says, without hashes of passwords as crypt(3) writes them, since it quotes lines that it refuses. */
export function withoutHashes(text: string): string {
  return text.replace(/\$[0-9a-z]{1,8}\$[^\s'"]+/g, '***');
}
