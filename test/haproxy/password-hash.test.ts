import { expect, it } from 'vitest';
import { passwordHash } from '../../src/haproxy/password-hash.ts';

it.each([
  ['secret', 'saltsalt', 'eKLZU9t9OoPWrqOQsoTIKG0aYkZ5rGOoOQhiIvoSWX2'],
  [
    'a much longer password of more than thirty-two bytes, with ü',
    'abcdefghijklmnop',
    'LiM3NiA0XWdrzEdGSFJJ/a5o5rZ9w3Q.l/GLGZ/xzN2',
  ],
  ['', 'x', 'kIBhdUvT3pHpfTjzR8s1XJu3y/HRJeFxMSffBtF8jx9'],
])('hashes %j with %j as crypt(3) does', (password, salt, hash) => {
  expect(passwordHash(password, salt)).toBe(`$5$rounds=1000$${salt}$${hash}`);
});
