import { describe, expect, it } from 'vitest';
import { bodyFromEvent, bodyToEvent } from '../../src/http/body.ts';

describe('a body in an event', () => {
  it.each([
    ['text/plain', null],
    ['Text/HTML; charset=utf-8', null],
    ['application/json', 'identity'],
    ['application/problem+json', null],
    ['application/javascript', null],
    ['application/xhtml+xml', null],
  ])('of the type %s with the coding %s is text', (type, encoding) => {
    expect(bodyToEvent(Buffer.from('ü'), { type, encoding })).toEqual({ body: 'ü', isBase64Encoded: false });
  });

  it.each([
    ['image/png', null],
    [null, null],
    ['application/x-www-form-urlencoded', null],
    ['text/plain', 'gzip'],
    ['textual', null],
  ])('of the type %s with the coding %s is base64', (type, encoding) => {
    expect(bodyToEvent(Buffer.from('ü'), { type, encoding })).toEqual({
      body: 'w7w=',
      isBase64Encoded: true,
    });
  });

  it('that is called text and is none is base64, so that no byte is lost', () => {
    const latin1 = Buffer.from([0xfc]);
    const { body, isBase64Encoded } = bodyToEvent(latin1, { type: 'text/plain', encoding: null });
    expect(isBase64Encoded).toBe(true);
    expect(bodyFromEvent(body, isBase64Encoded)).toEqual(latin1);
  });

  it('is empty text when there is none', () => {
    expect(bodyToEvent(Buffer.alloc(0), { type: null, encoding: null })).toEqual({
      body: '',
      isBase64Encoded: false,
    });
    expect(bodyFromEvent(null, false)).toHaveLength(0);
  });
});
