import { describe, expect, it } from 'vitest';
import { result } from '../../support/proxy/function-endpoint.ts';
import { before, told, valuesOf } from '../../support/proxy/one-function.ts';

/** What lambda-reverse-proxy gets wrong; the numbers are those of the list of its defects. */
describe('answers', () => {
  it('are made of results without a status (1)', async () => {
    const results = [{ a: 1 }, null, [1, true], 7];
    await using setting = await before(() => result(results.shift()));
    expect(told(await setting.send())).toBe('200 {"a":1}');
    expect(told(await setting.send())).toBe('200 null');
    expect(told(await setting.send())).toBe('200 [1,true]');
    expect(told(await setting.send())).toBe('200 7');
  });

  it('tell of an error of the function with 500, and the connection goes on (1)', async () => {
    const payloads = [
      '{"errorType":"Error","errorMessage":"secret"}',
      '{"statusCode":99}',
      '{"statusCode":204}',
    ];
    await using setting = await before(() => ({ payload: payloads.shift() ?? '' }));
    expect(told(await setting.send())).toBe('500 {"message":"Internal Server Error"}');
    expect(told(await setting.send())).toBe('500 {"message":"Internal Server Error"}');
    expect(told(await setting.send())).toBe('204 ');
  });

  it('carry each of several cookies (2)', async () => {
    const cookies = ['a=1; Path=/', 'b=2; HttpOnly', 'c=3; Expires=Wed, 21 Oct 2026 07:28:00 GMT'];
    await using setting = await before(() => result({ statusCode: 200, cookies }));
    expect(valuesOf(await setting.send(), 'set-cookie')).toEqual(cookies);
  });

  it('are the bytes that came in base64 (3)', async () => {
    const png = Buffer.from('89504e470d0a1a0aff00', 'hex');
    const picture = {
      statusCode: 200,
      headers: { 'content-type': 'image/png' },
      body: png.toString('base64'),
      isBase64Encoded: true,
    };
    await using setting = await before(() => result(picture));
    expect((await setting.send()).body).toEqual(png);
  });

  it('are made of texts, and of statuses that are texts (5)', async () => {
    const results = ['hello', { statusCode: '418', body: 'tea' }];
    await using setting = await before(() => result(results.shift()));
    expect(told(await setting.send())).toBe('200 hello');
    expect(told(await setting.send())).toBe('418 tea');
  });

  it('have the headers of multiValueHeaders where the format knows them (5)', async () => {
    const several = { statusCode: 200, multiValueHeaders: { 'x-list': ['a', 'b'] } };
    await using setting = await before(() => result(several), { format: 'apigw-v1' });
    expect(valuesOf(await setting.send(), 'x-list')).toEqual(['a', 'b']);
  });

  it('leave out the headers of one connection and a length that is not theirs (27)', async () => {
    const headers = {
      connection: 'close',
      'keep-alive': 'timeout=1',
      'transfer-encoding': 'chunked',
      'content-length': '1',
      'x-own': 'kept',
    };
    await using setting = await before(() => result({ statusCode: 200, headers, body: 'whole' }));
    const answer = await setting.send();
    expect(answer.body.toString()).toBe('whole');
    expect(valuesOf(answer, 'content-length')).toEqual(['5']);
    expect(valuesOf(answer, 'transfer-encoding')).toEqual([]);
    expect(valuesOf(answer, 'x-own')).toEqual(['kept']);
  });
});
