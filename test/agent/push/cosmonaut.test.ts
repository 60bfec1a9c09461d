import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { patience } from '../../support/docker/containers.ts';
import { PushedDocker, first } from '../../support/docker/pushed-docker.ts';
import { waitUntil } from '../../support/wait-until.ts';

let given: PushedDocker;
const servers = () => given.servers();

beforeEach(async () => {
  given = await PushedDocker.create();
});
afterEach(() => given.close());

describe('what Cosmonaut got wrong', () => {
  it('a stopped container, though it is in no network any more, is told, and a post without candidates is one', async () => {
    given.daemon.run(first('a', '10.0.0.1'));
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080']);
    given.daemon.halt('a');
    await expect.poll(servers, patience).toEqual([]);
    expect(given.sent.at(-1)).toMatchObject({ running: [], candidates: [] });
  });

  it('a crash is told', async () => {
    given.daemon.run(first('a', '10.0.0.1'));
    given.daemon.run(first('b', '10.0.0.2'));
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080', '10.0.0.2:8080']);
    given.daemon.die('a');
    await expect.poll(servers, patience).toEqual(['10.0.0.2:8080']);
  });

  it('what runs already is told at the start, without an event', async () => {
    given.daemon.run(first('a', '10.0.0.1'));
    given.daemon.events.forget();
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080']);
  });

  it('the stream of events is taken up again', async () => {
    await given.start();
    given.daemon.events.cut();
    given.daemon.run(first('a', '10.0.0.1'));
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080']);
  });

  it('a hundred containers at once are told together, not one after the other', async () => {
    await given.start();
    await waitUntil('the first post', () => given.posted.length > 0);
    for (let at = 1; at <= 100; at += 1) given.daemon.run(first(`a${at}`, `10.0.1.${at}`));
    await waitUntil('all', async () => (await servers()).length === 100);
    expect(given.sent.length).toBeLessThan(20);
  });

  it('a keyword counts in any case', async () => {
    given.daemon.run(first('My-Asteroid-1', '10.0.0.1'));
    given.daemon.run(first('comet', '10.0.0.2'));
    await given.start({ keyword: 'ASTEROID' });
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080']);
  });

  it('a service is called as its variable says in every list, whatever the container is called', async () => {
    given.daemon.run(first('loadbalance', '10.0.0.1'));
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080']);
    expect(given.sent[0]).toMatchObject({
      running: [{ serviceName: 'first' }],
      candidates: [{ serviceName: 'first' }],
    });
    given.daemon.run(first('another', '10.0.0.2'));
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080', '10.0.0.2:8080']);
  });

  it('values are read whole, though they hold =', async () => {
    given.daemon.run(first('a', '10.0.0.1', { PREDICATE: 'a=b.example.com' }));
    await given.start();
    await waitUntil('a post', () => given.sent.length > 0);
    expect(given.sent[0]).toMatchObject({ candidates: [{ predicate: 'a=b.example.com' }] });
  });

  it('CONFIG_MODE, PORT and COOKIE may be missing, and the mode is written in any case', async () => {
    const PORT = '';
    given.daemon.run({ ...first('a', '10.0.0.1', { PORT }), exposed: ['9000/tcp'] });
    given.daemon.run(first('b', '10.0.0.2', { SERVICE_NAME: 'api', CONFIG_MODE: 'PATH', PREDICATE: 'api/' }));
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.1:9000', '10.0.0.2:8080']);
  });

  it('a container on two networks is told once', async () => {
    given.daemon.run({ ...first('a', ''), networks: { a: '10.2.0.2', b: '10.40.0.2' } });
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.2.0.2:8080']);
    expect(given.sent[0]?.running).toHaveLength(1);
  });

  it('a container that cannot be looked at keeps nothing from being told', async () => {
    const id = given.daemon.run(first('a', '10.0.0.1'));
    given.daemon.run(first('b', '10.0.0.2'));
    given.daemon.fault = (path) => (path.includes(id) ? { status: 500, message: 'no' } : undefined);
    await given.start();
    await expect.poll(servers, patience).toEqual(['10.0.0.2:8080']);
    given.daemon.fault = () => undefined;
    await expect.poll(servers, patience).toEqual(['10.0.0.1:8080', '10.0.0.2:8080']);
  });
});
