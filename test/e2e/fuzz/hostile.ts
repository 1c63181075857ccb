import fc from 'fast-check';
import { anyCharacter } from '../../support/any-character.ts';

/** Texts that have broken parsers, logs, shells and file systems. */
const texts = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '..',
  '../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%2e%2e%2f',
  'a%00b',
  'a\0b',
  'a\r\nx-injected: 1\r\n\r\n<html>',
  'a\n{"level":"ERROR","message":"forged"}',
  '\u001b[2J\u001b[31mred',
  '\u2028\u2029\ufeff',
  '\ud800',
  '\udfff\ud800',
  'аcme', // Cyrillic
  'ａcme', // full width
  'ACME',
  'ﬁ',
  '-rf',
  '--help',
  'con',
  'nul.txt',
  '$(id)',
  '`id`',
  "'; DROP TABLE tenants; --",
  '$'.concat('{jndi:ldap://127.0.0.1/x}'),
  '{{7*7}}',
  'null',
  'undefined',
  'NaN',
  '1e400',
  '-0',
  '0x10',
  '9'.repeat(30),
  'x'.repeat(300),
  '🚢'.repeat(70),
  'e\u0301'.repeat(40),
] as const;

export const hostileText = fc.oneof(
  fc.constantFrom(...texts),
  fc.string({ unit: anyCharacter, maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);

/** Keys that have a special meaning to some parser or runtime. */
export const hostileKey = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toJSON', 'then', 'length', 'tenant_id', 'a/b~c', ''),
  hostileText,
);

const numbers = [0, -0, -1, 0.5, 127, 65_536, 2 ** 31, 2 ** 53, 1e308, -1e308, Number.MIN_VALUE];

function nested(depth: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Any value, to replace any other. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(null, true, false, [], {}, ...numbers),
  fc.constantFrom(10, 40, 2000).map(nested),
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(hostileText, { minLength: 250, maxLength: 300 }),
  fc.tuple(hostileKey, fc.jsonValue({ maxDepth: 1 })).map(([key, value]) => Object.fromEntries([[key, value]])),
);

/** Bodies that are not JSON, or not a JSON object that a parser can build. */
export const hostileBody: fc.Arbitrary<string | Buffer> = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    'null',
    '"text"',
    '[]',
    '1e400',
    '-',
    '\ufeff{}',
    '{"a":1}{"b":2}',
    '{"tenant_id":"a","tenant_id":"b"}',
    '{"a":"\\ud800"}',
    '{"resources":{"cpu":1e400,"memory":-1e400}}',
    `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
    `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
    `{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":0`).join()}}`,
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    'a=1&b=2',
  ),
  fc.constantFrom(
    Buffer.from([0xff, 0xfe, 0x7b]),
    Buffer.from('{}', 'utf16le'),
    Buffer.alloc(64),
    Buffer.from([0x1f, 0x8b]),
  ),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
);

/** Replaces the characters that Node's client and every proxy refuse in a header. */
export function toHeaderValue(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?');
}
