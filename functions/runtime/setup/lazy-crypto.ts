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

/** Returns a function of `node:crypto` that loads the module at its first call. */
function lazily<N extends Name>(name: N): (typeof crypto)[N] {
  const call = (...args: unknown[]): unknown => {
    const method = process.getBuiltinModule('node:crypto')[name] as (...args: unknown[]) => unknown;
    return method(...args);
  };
  return call as (typeof crypto)[N];
}

/**
 * Replaces `node:crypto` in the bundled functions (`infra/bundle/bundle.ts`). Loading the module takes some milliseconds of
 * a cold start, and most reading requests do not need it. An import that is missing here fails the bundling.
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
