import type { JsonLimits } from './inspect-json.ts';

/** Most entries of a list or a map in a specification. */
export const MAX_LIST = 256;

/** The limits of a whole specification. */
export const SPEC_LIMITS: JsonLimits = {
  /** The Open Service Broker API has the same limit for its schemas. */
  maxBytes: 64 * 1024,
  maxDepth: 32,
  maxKeys: MAX_LIST,
  /** A hundred for each of ten containers. It limits the number of issues, so that the worst case takes below 5 ms. */
  maxValues: 1024,
};

/** The longest `pending_message` of a status, in characters. */
export const MAX_PENDING = 1500;
