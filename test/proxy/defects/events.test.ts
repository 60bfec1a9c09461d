import { describe, expect, it } from 'vitest';
import { before, fine } from '../../support/proxy/one-function.ts';

/** What lambda-reverse-proxy gets wrong; the numbers are those of the list of its defects. */
describe('events', () => {
  it('carry every byte of a body (4)', async () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    await using setting = await before(fine);
    const event = await setting.eventOf({ method: 'POST', body });
    expect(event.isBase64Encoded).toBe(true);
    expect(Buffer.from(event.body ?? '', 'base64')).toEqual(body);
  });

  it('keep a text that mentions a form as a text (4)', async () => {
    const body = 'Content-Disposition: form-data';
    await using setting = await before(fine);
    const event = await setting.eventOf({ method: 'POST', headers: [['Content-Type', 'text/plain']], body });
    expect(event).toMatchObject({ body, isBase64Encoded: false });
  });

  it('name the host (6)', async () => {
    await using setting = await before(fine);
    expect((await setting.eventOf({ host: 'shop.example.com:8080' })).headers['host']).toBe(
      'shop.example.com:8080',
    );
  });

  it('have headers in lower case, and what front ends add (7)', async () => {
    await using setting = await before(fine);
    const { headers } = await setting.eventOf({
      headers: [
        ['X-Forwarded-For', '203.0.113.7'],
        ['X-Custom', 'A'],
      ],
    });
    expect(headers).toMatchObject({
      'x-custom': 'A',
      'x-forwarded-for': '203.0.113.7, 127.0.0.1',
      'x-forwarded-port': String(setting.proxy.port),
      'x-forwarded-proto': 'http',
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/) as string,
    });
  });

  it('carry cookies as they came, quoted and odd ones too (8)', async () => {
    await using setting = await before(fine);
    const { cookies, headers } = await setting.eventOf({
      headers: [['Cookie', 'a="q"; b=\\; c d; {"e":1}=2']],
    });
    expect(cookies).toEqual(['a="q"', 'b=\\', 'c d', '{"e":1}=2']);
    expect(headers).not.toHaveProperty('cookie');
  });

  it('have the path as it was asked for (9)', async () => {
    await using setting = await before(fine);
    const event = await setting.eventOf({ target: '/a%2Fb%20c' });
    expect([event.rawPath, event.requestContext.http['path']]).toEqual(['/a%2Fb%20c', '/a%2Fb%20c']);
  });

  it.each(['//x', '/a/../b', '/a/./b', '/a//', '/%zz'])(
    'have %s as it is, with the body (10)',
    async (target) => {
      await using setting = await before(fine);
      const event = await setting.eventOf({
        method: 'POST',
        target,
        headers: [['Content-Type', 'text/plain']],
        body: 'kept',
      });
      expect(event).toMatchObject({ rawPath: target, body: 'kept' });
    },
  );

  it.each(['a;b', 'a=%zz', '%'])('have the query %s as it is (11)', async (query) => {
    await using setting = await before(fine);
    expect((await setting.eventOf({ target: `/?${query}` })).rawQueryString).toBe(query);
  });

  it('have the address of the client without its port (12)', async () => {
    await using setting = await before(fine);
    expect((await setting.eventOf()).requestContext.http['sourceIp']).toBe('127.0.0.1');
  });

  it('tell the time in milliseconds and in the common log format, a request id and nobody who logged in (13)', async () => {
    await using setting = await before(fine);
    const earlier = Date.now();
    const { requestContext } = await setting.eventOf();
    const { timeEpoch, time, requestId } = requestContext;
    expect(timeEpoch).toBeGreaterThanOrEqual(earlier);
    expect(timeEpoch).toBeLessThanOrEqual(Date.now());
    expect(time).toMatch(/^\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2} \+0000$/);
    expect(requestId).toMatch(/\S/);
    expect(requestContext).not.toHaveProperty('authentication');
    expect(requestContext).not.toHaveProperty('authorizer');
  });

  it.each([
    ['shop.example.com', 'shop'],
    ['example.com', 'example'],
    ['a.b.c.example.com', 'a'],
  ])('have the first label of %s as its prefix (14)', async (host, domainPrefix) => {
    await using setting = await before(fine);
    expect((await setting.eventOf({ host })).requestContext).toMatchObject({
      domainName: host,
      domainPrefix,
    });
  });
});
