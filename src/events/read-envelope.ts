import { readInput } from '../compute/spec/shape.ts';
import type { EventEnvelope } from './envelope.ts';
import { eventEnvelopeShape } from './shapes.ts';

/** The event in a message. Throws `InvalidRequestError` where it is none that EventBridge wrote. */
export function readEnvelope(body: unknown): Promise<EventEnvelope> {
  return readInput(eventEnvelopeShape, body);
}
