import * as z from 'zod';
import { InvalidRequestError } from '../../../src/compute/errors.ts';
import { EXEC_LIMITS } from '../../../src/compute/exec/exec.ts';
import { toIssues } from '../../../src/compute/spec/issues.ts';
import { DNS_LABEL } from '../../../src/compute/spec/names.ts';

const { words, bytes, columns, rows } = EXEC_LIMITS;

function size(name: string, max: number) {
  const error = `${name} must be a whole number from 1 to ${max}`;
  return z.int(error).min(1, error).max(max, error);
}

/** The body of a request for a session. */
export const ExecRequest = z.strictObject({
  container: z
    .string('container must be a string')
    .regex(DNS_LABEL, 'container must be the name of a container of the specification')
    .optional()
    .describe('Default: the first container that keeps running'),
  command: z
    .array(z.string('command must be strings').refine((word) => !word.includes('\0'), 'command must have no NUL'))
    .min(1, 'command must name a program')
    .max(words, `command must have at most ${words} words`)
    .refine(([program]) => program !== '', { error: 'command must name a program', path: [0] })
    .refine((all) => Buffer.byteLength(all.join('')) <= bytes, `command must have at most ${bytes} bytes`)
    .describe('The program and its arguments. No shell reads them. Recorded without known env values'),
  tty: z.boolean('tty must be true or false').default(false).describe('True for a terminal'),
  columns: size('columns', columns).optional().describe('Width of the terminal'),
  rows: size('rows', rows).optional().describe('Height of the terminal'),
});
export type ExecRequest = z.output<typeof ExecRequest>;

/** Returns the body of a request for a session, checked. Throws `InvalidRequestError` with every issue. */
export function readExecRequest(input: unknown): ExecRequest {
  const parsed = ExecRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError(toIssues(parsed.error));
}
