import type * as crypto from 'node:crypto';

type Name =
  | 'createHash'
  | 'createHmac'
  | 'createPrivateKey'
  | 'createPublicKey'
  | 'getRandomValues'
  | 'hash'
  | 'randomBytes'
  | 'randomInt'
  | 'randomUUID'
  | 'sign'
  | 'timingSafeEqual';

/** A function of `node:crypto`, which is read when it is first called. */
function lazily<N extends Name>(name: N): (typeof crypto)[N] {
  const call = (...args: unknown[]): unknown => {
    const method = process.getBuiltinModule('node:crypto')[name] as (...args: unknown[]) => unknown;
    return method(...args);
  };
  return call as (typeof crypto)[N];
}

/**
 * What stands for `node:crypto` in the bundled functions (`infra/bundle/bundle.ts`). Reading it takes some milliseconds of a cold
 * start, and most requests that read need none of it. An import that is missing here fails the bundling.
 */
export const createHash = lazily('createHash');
export const createHmac = lazily('createHmac');
export const createPrivateKey = lazily('createPrivateKey');
export const createPublicKey = lazily('createPublicKey');
export const getRandomValues = lazily('getRandomValues');
export const hash = lazily('hash');
export const randomBytes = lazily('randomBytes');
export const randomInt = lazily('randomInt');
export const randomUUID = lazily('randomUUID');
export const sign = lazily('sign');
export const timingSafeEqual = lazily('timingSafeEqual');
