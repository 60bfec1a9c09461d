import { expect, it } from 'vitest';
import { folderForSockets } from '../../src/sandbox/guardian.ts';

it.each([
  ['/tmp', '/tmp'],
  ['/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T', '/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T'],
  ['/home/ann/temporary files', '/tmp'],
  [`/${'long'.repeat(20)}`, '/tmp'],
])('in %s sockets are below %s', (temporary, folder) => {
  expect(folderForSockets(temporary)).toBe(folder);
});
