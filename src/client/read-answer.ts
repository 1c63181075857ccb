import { ProblemError, UnexpectedAnswerError } from './errors.ts';
import type { FetchResponse } from './fetch.ts';
import type { Problem } from './types.ts';

/** Exceeds any answer of Berth, whose limit is 1 MB. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/** Reads the body of a response as text. Throws `UnexpectedAnswerError` as soon as it is too large. */
export async function readText(response: FetchResponse, endpoint: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) throw new UnexpectedAnswerError(endpoint, response.status, 'it is too large');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Returns the error of an answer: a `ProblemError` from Berth, or an `UnexpectedAnswerError` if it is not from Berth. */
export function errorOf(
  response: FetchResponse,
  text: string,
  endpoint: string,
): ProblemError | UnexpectedAnswerError | undefined {
  const { status, headers, ok } = response;
  const type = headers.get('content-type') ?? '';
  const value = /^application\/(?:[^;]{1,100}\+)?json\b/i.test(type) ? parse(text) : undefined;
  if (!ok) return isProblem(value) ? new ProblemError(value) : unexpected(endpoint, status, type, value);
  if (status === 204) return undefined;
  if (typeof value === 'object' && value !== null && headers.has('x-request-id')) return undefined;
  return unexpected(endpoint, status, type, value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  const { type, status, code, detail, hint, errors = [] } = value as Partial<Record<keyof Problem, unknown>>;
  const isText = [code, detail, hint].every((member) => typeof member === 'string');
  return isText && typeof status === 'number' && type === `urn:berth:problem:${code}` && Array.isArray(errors);
}

function unexpected(endpoint: string, status: number, type: string, value: unknown): UnexpectedAnswerError {
  const shown = printable(messageIn(value) ?? (type.split(';')[0] || 'no content type'));
  return new UnexpectedAnswerError(endpoint, status, `status ${status}, ${shown}`);
}

/** Reads an error of API Gateway, such as `{"message": "Forbidden"}`. */
function messageIn(value: unknown): string | undefined {
  const message = typeof value === 'object' && value !== null && 'message' in value ? value.message : undefined;
  return typeof message === 'string' ? message : undefined;
}

/** Removes control characters from foreign text, which may be printed to a terminal. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200);
}
