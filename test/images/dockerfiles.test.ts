import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { imageOf, lastOf, readDockerfile, variablesOf } from '../support/installation/dockerfile.ts';

const context = readFileSync('.dockerignore', 'utf8')
  .split('\n')
  .flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? []);

const images = [
  { program: 'proxy', base: 'node:22-slim', health: 'http://127.0.0.1:8080/healthz' },
  { program: 'agent', base: 'haproxy:3.2', health: 'http://127.0.0.1:3000/healthz' },
];

describe.each(images)('the image of the $program', ({ program, base, health }) => {
  const file = `images/${program}/Dockerfile`;
  const dockerfile = readDockerfile(file);
  const image = imageOf(dockerfile);
  const build = dockerfile.stages.find(({ name }) => name === 'build');

  it('stands on an image that the caller may choose, without a digest', () => {
    expect(dockerfile.args).toEqual({ BASE_IMAGE: base, NODE_IMAGE: 'node:22-slim' });
    expect(image.base).toBe('${BASE_IMAGE}');
    expect(readFileSync(file, 'utf8')).not.toContain('@sha256:');
  });

  it('is built in one stage and holds its output alone', () => {
    expect(build?.base).toBe('${NODE_IMAGE}');
    const copies = image.instructions.filter(({ name }) => name === 'COPY');
    expect(copies.map(({ flags }) => flags['from'])).not.toContain(undefined);
    expect(image.instructions.map(({ name }) => name)).not.toContain('RUN');
  });

  it('takes what is in the context, and little else is', () => {
    const copied = (build?.instructions ?? [])
      .filter(({ name, flags }) => name === 'COPY' && flags['from'] === undefined)
      .flatMap(({ words }) => words.slice(0, -1));
    expect(copied.filter((source) => !existsSync(source))).toEqual([]);
    expect(copied.toSorted()).toEqual(context.toSorted());
  });

  it('calls scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const called = build?.instructions.flatMap(({ text }) => /npm run (\S+)/.exec(text)?.[1] ?? []);
    expect(called).toEqual(['build']);
    expect(scripts).toHaveProperty('build');
  });

  it('runs as a user by number, which is not root, and is ended by SIGTERM', () => {
    expect(lastOf(image, 'USER')?.text).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(lastOf(image, 'STOPSIGNAL')?.text).toBe('SIGTERM');
  });

  it('starts without a shell, and takes its file as the argument', () => {
    expect(lastOf(image, 'ENTRYPOINT')?.words).toEqual([
      'node',
      `/opt/lambda-registrator/${program}/index.mjs`,
    ]);
    expect(lastOf(image, 'CMD')).toBeUndefined();
  });

  it('has a health check', () => {
    expect(lastOf(image, 'HEALTHCHECK')?.text).toMatch(
      /^CMD \["node", "\/opt\/lambda-registrator\/health\.mjs"\]$/,
    );
    expect(variablesOf(image)['HEALTH_URL']).toBe(health);
  });
});
