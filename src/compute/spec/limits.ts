import type { JsonLimits } from './inspect-json.ts';

/** The longest list of anything in a specification, and the most entries of a map. */
export const MAX_LIST = 256;

/** What a specification may come to as a whole. */
export const SPEC_LIMITS: JsonLimits = {
  /** The Open Service Broker API sets the same bound for its schemas. */
  maxBytes: 64 * 1024,
  maxDepth: 32,
  maxKeys: MAX_LIST,
  /** A hundred for each of ten containers. It bounds what can be wrong, so that the worst specification is refused within 5 ms. */
  maxValues: 1024,
};
