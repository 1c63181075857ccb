import * as z from 'zod';
import { TenantId } from '../compute/spec/spec.ts';

/** An order to announce again what ended since a time. */
export const ReannounceOrder = z.strictObject(
  {
    reannounce_since: z.iso.datetime({
      offset: true,
      error: 'reannounce_since must be a time such as 2026-11-25T12:00:00Z',
    }),
    tenant_id: TenantId.optional().describe('Only operations of this tenant'),
    from: z
      .string()
      .regex(/^[a-z]{1,16}\/[a-z0-9-]{1,63}$/, 'from must be the `next` of an earlier answer')
      .optional()
      .describe('Continues an earlier invocation that ran out of time: its `next`'),
  },
  'must be an object with reannounce_since',
);
export type ReannounceOrder = z.infer<typeof ReannounceOrder>;
