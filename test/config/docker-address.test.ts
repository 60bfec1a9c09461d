import { expect, it } from 'vitest';
import { checkDockerAddress } from '../../src/config/docker-address.ts';

it.each([
  ['unix:///var/run/docker.sock', { kind: 'socket', path: '/var/run/docker.sock' }],
  ['unix:///run/user/1000/podman/podman.sock', { kind: 'socket', path: '/run/user/1000/podman/podman.sock' }],
  ['tcp://10.0.0.1:2375', { kind: 'http', origin: 'http://10.0.0.1:2375' }],
  ['tcp://docker', { kind: 'http', origin: 'http://docker:2375' }],
  ['tcp://[2001:db8::1]', { kind: 'http', origin: 'http://[2001:db8::1]:2375' }],
  ['http://proxy:8080/', { kind: 'http', origin: 'http://proxy:8080' }],
  ['http://proxy', { kind: 'http', origin: 'http://proxy' }],
])('takes %s', (text, value) => {
  expect(checkDockerAddress(text)).toEqual({ ok: true, value });
});

it.each([
  '',
  'unix://',
  'unix://docker.sock',
  '/var/run/docker.sock',
  'ssh://me@host',
  'npipe:////./pipe/docker_engine',
  'https://docker:2376',
  'tcp://',
  'tcp://me:secret@docker:2375',
  'tcp://docker:2375/path',
  'tcp://docker:99999',
])('refuses %j', (text) => {
  expect(checkDockerAddress(text)).toMatchObject({
    ok: false,
    problem: expect.stringMatching(/^must be unix:\/\/\/path, tcp:\/\/host:port or http:\/\/host:port, not /),
  });
});
