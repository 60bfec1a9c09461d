/** A word of HAProxy's file, with its quotes and escapes (https://docs.haproxy.org/2.6/configuration.html#2.2). */
const word = String.raw`(?:\\.?|"(?:\\.|[^"\\\n])*"?|'[^'\n]*'?|[^\s"'\\])+`;

/** Headers whose names say what they hold. */
const header = String.raw`[\w-]*(?:authorization|token|key|secret|password|cookie)[\w-]*`;

/** What comes before a secret, and the secret. */
const secrets: readonly RegExp[] = [
  // Of userlists.
  new RegExp(String.raw`(\b(?:insecure-)?password[ \t]+)${word}`, 'g'),
  new RegExp(String.raw`(\bstats[ \t]+auth[ \t]+[^\s:]*:)${word}`, 'g'),
  // Of headers that are sent to servers, up to the end of the line.
  new RegExp(String.raw`(\b(?:(?:set|add|replace)-header|hdr)[ \t]+${header}[ \t]+).+`, 'gi'),
  // Of variables: own texts keep secrets there.
  new RegExp(String.raw`(\b(?:pre)?setenv[ \t]+\S+[ \t]+)${word}`, 'g'),
  // Of addresses with a user.
  /(\/\/[^\s/@:]*:)[^\s/@]+(?=@)/g,
  // Hashes of crypt(3), wherever somebody quotes them.
  /()\$[0-9a-z]{1,8}\$[^\s'"]+/g,
];

/** A text of HAProxy's language, or one that quotes it, with `***` in the place of passwords, their hashes and the like. */
export function withoutSecrets(text: string): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '$1***'), text);
}
