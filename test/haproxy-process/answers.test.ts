import { expect, it } from 'vitest';
import {
  parseInfo,
  parseMap,
  parseProcesses,
  parseStat,
  versionIn,
} from '../../src/haproxy-process/answers.ts';

it.each([
  ['HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/', [2, 6]],
  ['3.0.11-1+deb13u4\n', [3, 0]],
  ['Name: HAProxy\nVersion: 3.2.26\n', [3, 2]],
  ['HA-Proxy version 2.2.9-2+deb11u6 2023/12/10', [2, 2]],
  ['nonsense', undefined],
])('finds the version in %j', (text, version) => {
  expect(versionIn(text)).toEqual(version);
});

it('reads facts of a process', () => {
  expect(parseInfo('Name: HAProxy\nUptime: 0d 0h00m00s\nNote: \n')).toEqual(
    new Map([
      ['Name', 'HAProxy'],
      ['Uptime', '0d 0h00m00s'],
      ['Note', ''],
    ]),
  );
});

it('reads statistics by the names of their columns', () => {
  const answer = '# pxname,svname,qcur,scur,status,\nbe_web,s_1,0,2,UP 1/3,\n\n';
  expect(parseStat(answer, ['status', 'pxname', 'scur', 'other'])).toEqual([['UP 1/3', 'be_web', '2', '']]);
});

it('reads the entries of a map', () => {
  expect(parseMap('0x56180c7708f0 a.example/ be_a/0/plain\n0x1 /x/ be_b/1/tls\n')).toEqual(
    new Map([
      ['a.example/', 'be_a/0/plain'],
      ['/x/', 'be_b/1/tls'],
    ]),
  );
});

it('reads the processes of a master, old workers apart', () => {
  const answer = `#<PID>          <type>          <reloads>       <uptime>        <version>
100             master          3 [failed: 1]   0d00h00m28s     2.6.12
# workers
110             worker          0               0d00h00m02s     2.6.12
# old workers
105             worker          2               0d00h00m20s     2.6.12
# programs

`;
  expect(parseProcesses(answer)).toEqual({
    master: 100,
    reloads: 3,
    failures: 1,
    workers: [110],
    oldWorkers: [105],
  });
  expect(parseProcesses('nonsense')).toBeUndefined();
});
