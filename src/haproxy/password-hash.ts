import { createHash } from 'node:crypto';

/** Few rounds, since HAProxy counts them again for each request; the password must be long and random instead. */
const rounds = 1000;

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * A password as HAProxy keeps it in a `userlist`: `$5$rounds=1000$<salt>$<hash>`, crypt(3)'s SHA-256
 * (https://www.akkadia.org/drepper/SHA-crypt.txt). The same salt gives the same text, so that a file stays the same.
 * @param salt 1 to 16 of the characters `./0-9A-Za-z`
 */
export function passwordHash(password: string, salt: string): string {
  const key = Buffer.from(password);
  const salted = Buffer.from(salt);
  const first = startingDigest(key, salted);
  const keys = filled(sha256(...Array.from({ length: key.length }, () => key)), key.length);
  const salts = filled(sha256(...Array.from({ length: 16 + (first[0] ?? 0) }, () => salted)), salted.length);
  let digest = first;
  for (let round = 0; round < rounds; round += 1) {
    const isOdd = round % 2 === 1;
    digest = sha256(
      isOdd ? keys : digest,
      ...(round % 3 === 0 ? [] : [salts]),
      ...(round % 7 === 0 ? [] : [keys]),
      isOdd ? digest : keys,
    );
  }
  return `$5$rounds=${rounds}$${salt}$${encoded(digest)}`;
}

function startingDigest(key: Buffer, salt: Buffer): Buffer {
  const alternate = sha256(key, salt, key);
  const byBits: Buffer[] = [];
  for (let length = key.length; length > 0; length = Math.floor(length / 2)) {
    byBits.push(length % 2 === 1 ? alternate : key);
  }
  return sha256(key, salt, filled(alternate, key.length), ...byBits);
}

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The bytes of a digest, repeated up to a length. */
function filled(digest: Buffer, length: number): Buffer {
  return Buffer.alloc(length, digest);
}

/** Base 64 of crypt(3): groups of three bytes in its own order, the lowest six bits first. */
function encoded(digest: Buffer): string {
  const byte = (at: number): number => digest[at] ?? 0;
  const groups = Array.from({ length: 10 }, (_, at) => {
    const [high = 0, middle = 0, low = 0] = [0, 10, 20].map((offset) => at + ((offset + 20 * at) % 30));
    return characters((byte(high) << 16) | (byte(middle) << 8) | byte(low), 4);
  });
  return groups.join('') + characters((byte(31) << 8) | byte(30), 3);
}

function characters(bits: number, count: number): string {
  return Array.from({ length: count }, (_, at) => alphabet[(bits >> (6 * at)) & 63]).join('');
}
