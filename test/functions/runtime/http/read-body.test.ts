import { describe, expect, test } from 'vitest';
import { MAX_BODY_BYTES, readBody } from '../../../../functions/runtime/http/read-body.ts';

const json = { 'content-type': 'application/json' };

function read(body: string | undefined, headers: Record<string, string> = json, isBase64Encoded = false) {
  return readBody({ headers, isBase64Encoded, ...(body !== undefined && { body }) });
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
}

describe('content type', () => {
  test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/merge-patch+json'])(
    '%s is accepted',
    (type) => {
      expect(read('{"a":1}', { 'content-type': type })).toEqual({ a: 1 });
    },
  );

  test.each(['text/plain', 'application/jsonx', 'application/x-json-stream', 'text/json', '', 'application/+json'])(
    '%s is refused',
    (type) => {
      expect(code(() => read('{}', { 'content-type': type }))).toBe('unsupported_media_type');
    },
  );

  test('a body without a type is refused', () => {
    expect(code(() => read('{}', {}))).toBe('unsupported_media_type');
  });

  test('a compressed body is refused, the encoding identity is accepted', () => {
    expect(code(() => read('{}', { ...json, 'content-encoding': 'gzip' }))).toBe('unsupported_media_type');
    expect(read('{}', { ...json, 'content-encoding': 'Identity' })).toEqual({});
  });

  test('a long hostile content type is refused in linear time', () => {
    // A pattern that backtracks here exceeds the time-out of the test.
    const type = `application/${'a+'.repeat(1_000_000)}`;
    expect(code(() => read('{}', { 'content-type': type }))).toBe('unsupported_media_type');
  });
});

describe('size', () => {
  const filler = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;

  test('a body at the limit is read, one byte more is refused', () => {
    expect(read(filler(MAX_BODY_BYTES))).toHaveLength(MAX_BODY_BYTES - 2);
    expect(code(() => read(filler(MAX_BODY_BYTES + 1)))).toBe('payload_too_large');
  });

  test('the limit counts bytes, not characters', () => {
    expect(code(() => read(`"${'é'.repeat(MAX_BODY_BYTES / 2)}"`))).toBe('payload_too_large');
  });

  test('the limit applies after base64 is decoded', () => {
    const encode = (text: string) => Buffer.from(text).toString('base64');
    expect(read(encode(filler(MAX_BODY_BYTES)), json, true)).toHaveLength(MAX_BODY_BYTES - 2);
    expect(code(() => read(encode(filler(MAX_BODY_BYTES + 1)), json, true))).toBe('payload_too_large');
  });
});

describe('JSON', () => {
  test.each([undefined, '', '{', '{"a":1}}', "{'a':1}", 'NaN', '\u0000'])('%o is malformed', (body) => {
    expect(code(() => read(body))).toBe('malformed_json');
  });

  test('bytes that are not UTF-8 are malformed', () => {
    expect(code(() => read(Buffer.from([0x22, 0xff, 0x22]).toString('base64'), json, true))).toBe('malformed_json');
  });

  test('the error does not quote the body', () => {
    expect(() => read('{"env":{"TOKEN":"canary"} oops')).toThrow(/^malformed JSON: the body cannot be parsed$/);
  });

  test('a byte order mark is skipped', () => {
    expect(read(Buffer.from('\uFEFF{"a":1}').toString('base64'), json, true)).toEqual({ a: 1 });
  });

  test('deep nesting does not overflow the stack', () => {
    const depth = 100_000;
    let value = read('['.repeat(depth) + ']'.repeat(depth));
    let seen = 0;
    for (; Array.isArray(value); value = value[0]) seen += 1;
    expect(seen).toBe(depth);
  });
});
