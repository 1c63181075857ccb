import * as z from 'zod';
import { httpStatus } from '../runtime/http/http-status.ts';
import type { Problem as ProblemBody, ProblemCode } from '../runtime/http/problem.ts';

/** The schema of a problem. Handlers only write problems, so none of them loads this schema. */
export const Problem = z.object({
  /** A URN: a URL would promise a page, and Berth owns no host. */
  type: z.templateLiteral(['urn:berth:problem:', z.string()]).meta({
    description: 'Identifies the kind of problem: urn:berth:problem: and the code',
    examples: ['urn:berth:problem:tenant_not_found'],
  }),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(httpStatus) as ProblemCode[]),
  retryable: z.boolean().describe('True if the same request may succeed later'),
  request_id: z.string(),
  hint: z.string().describe('The next step to take'),
  operation_id: z.string().optional().describe('The operation that has to end first'),
  errors: z
    .array(z.object({ pointer: z.string(), detail: z.string() }))
    .optional()
    .describe('Invalid input: RFC 6901 pointers into the body, or /path/… and /query/…'),
}) satisfies z.ZodType<ProblemBody>;
