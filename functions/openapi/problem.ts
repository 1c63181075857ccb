import * as z from 'zod';
import { httpStatus } from '../runtime/http/http-status.ts';
import type { Problem as ProblemBody, ProblemCode } from '../runtime/http/problem.ts';

/** The shape of a problem. Handlers write problems and never read them, so none of them builds this. */
export const Problem = z.object({
  /** A URN, not a web address: Berth is installed in many places and owns no host, and an address promises a page. */
  type: z.templateLiteral(['urn:berth:problem:', z.string()]).meta({
    description: 'Names the kind of problem, once and for all: urn:berth:problem: and the code',
    examples: ['urn:berth:problem:tenant_not_found'],
  }),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(httpStatus) as ProblemCode[]),
  retryable: z.boolean().describe('Whether the same request may succeed later'),
  request_id: z.string(),
  hint: z.string().describe('What to do next'),
  operation_id: z.string().optional().describe('The operation that has to end first'),
  errors: z
    .array(z.object({ pointer: z.string(), detail: z.string() }))
    .optional()
    .describe('For invalid input: where it is wrong, as RFC 6901 pointers into the body, or /path/… and /query/…'),
}) satisfies z.ZodType<ProblemBody>;
