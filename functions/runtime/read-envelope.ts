import { toIssues } from '../../src/compute/validate.ts';
import { EventEnvelope } from '../../src/events/envelope.ts';
import { InvalidRequestError } from '../../src/index.ts';

/** The event in a message. Throws `InvalidRequestError` where it is none that EventBridge wrote. */
export function readEnvelope(body: unknown): EventEnvelope {
  const parsed = EventEnvelope.safeParse(body);
  if (!parsed.success) throw new InvalidRequestError(toIssues(parsed.error));
  return parsed.data;
}
