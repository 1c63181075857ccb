import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidRequestError } from '../../../src/compute/errors.ts';
import { type CursorScope, readCursor, signCursor } from '../../../src/tenants/store/cursor.ts';
import { anyCharacter } from '../../support/any-character.ts';

const key = Buffer.alloc(32, 1);
const scope: CursorScope = { caller: 'alice', filter: ['memory', undefined, { team: 'checkout' }] };

test('a cursor returns the position it was made for', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (position) => {
      expect(readCursor(signCursor(position, scope, key), scope, key)).toBe(position);
    }),
  );
});

test('a cursor is valid for its caller, filter and installation only', () => {
  const cursor = signCursor('acme', scope, key);
  const others: [CursorScope, Uint8Array][] = [
    [{ ...scope, caller: 'bob' }, key],
    [{ ...scope, filter: ['memory', 'ready', { team: 'checkout' }] }, key],
    [{ ...scope, filter: ['memory', undefined, {}] }, key],
    [scope, Buffer.alloc(32, 2)],
  ];
  for (const [other, otherKey] of others) {
    expect(() => readCursor(cursor, other, otherKey)).toThrow(InvalidRequestError);
  }
});

test('a cursor with any change is refused', () => {
  const cursor = signCursor('acme', scope, key);
  for (let place = 0; place < cursor.length; place += 1) {
    const changed = cursor.slice(0, place) + (cursor[place] === 'A' ? 'B' : 'A') + cursor.slice(place + 1);
    expect(() => readCursor(changed, scope, key), changed).toThrow(InvalidRequestError);
  }
});

test('any other text is refused with an instruction', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), (text) => {
      expect(() => readCursor(text, scope, key)).toThrow('begin again without one');
    }),
  );
});
