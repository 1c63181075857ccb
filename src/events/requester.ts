import type { EventEnvelope } from './envelope.ts';

/**
 * Who sent a request: the account, which EventBridge vouches for, then the source and the actor, which the sender wrote. It
 * begins as no ARN and no subject of a token does, and its parts cannot be mistaken for one another.
 */
export function requesterOf({ account, source }: EventEnvelope, actor: string | undefined): string {
  const parts = [account, source, ...(actor === undefined ? [] : [actor])];
  return `event:${parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`;
}
