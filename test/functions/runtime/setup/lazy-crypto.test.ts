import * as crypto from 'node:crypto';
import { expect, test } from 'vitest';
import * as lazy from '../../../../functions/runtime/setup/lazy-crypto.ts';

test('the replacement of node:crypto has functions of the same names and results', () => {
  expect(Object.keys(crypto)).toEqual(expect.arrayContaining(Object.keys(lazy)));
  const [hash, key] = ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', Buffer.from('key')];
  expect(lazy.createHash('sha256').update('test').digest('hex')).toBe(hash);
  expect(lazy.createHmac('sha256', key).update('a').digest()).toEqual(
    crypto.createHmac('sha256', key).update('a').digest(),
  );
  expect(lazy.timingSafeEqual(key, Buffer.from('key'))).toBe(true);
  expect(lazy.randomUUID()).toMatch(/^[0-9a-f-]{36}$/);
  expect(lazy.randomBytes(12)).toHaveLength(12);
  expect(lazy.randomInt(3, 4)).toBe(3);
  expect(lazy.getRandomValues(new Uint8Array(8))).toHaveLength(8);
});

test('a loaded private key signs, and its public key verifies', () => {
  const pair = crypto.generateKeyPairSync('ed25519');
  const text = Buffer.from('text');
  const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const signature = lazy.sign(null, text, lazy.createPrivateKey(pem));
  expect(crypto.verify(null, text, lazy.createPublicKey(pem), signature)).toBe(true);
});
