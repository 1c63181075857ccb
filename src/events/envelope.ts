import * as z from 'zod';

/**
 * An event as EventBridge delivers it. EventBridge sets `id` and `account`, so both can be trusted. The sender sets
 * `source` and `detail`, and may set `time`.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
export const EventEnvelope = z.object({
  id: z.string().min(1).max(64),
  'detail-type': z.string(),
  source: z.string(),
  account: z.string(),
  time: z.iso.datetime({ offset: true }),
  region: z.string().optional(),
  resources: z.array(z.string()).default([]),
  detail: z.record(z.string(), z.unknown()),
});
export type EventEnvelope = z.infer<typeof EventEnvelope>;
