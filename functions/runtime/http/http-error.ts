import type { Fault } from '../../../src/compute/errors.ts';

/** The error codes of HTTP itself, beside those of the core. The set is closed. */
export const httpErrorCatalog = {
  bad_request: {
    prefix: 'malformed request',
    fault: 'caller',
    retryable: false,
    hint: 'Send a well-formed HTTP request.',
  },
  malformed_json: {
    prefix: 'malformed JSON',
    fault: 'caller',
    retryable: false,
    hint: 'Send one JSON document, encoded as UTF-8.',
  },
  unauthorized: {
    prefix: 'token required',
    fault: 'caller',
    retryable: false,
    hint: 'Send the token of the host as "Authorization: Bearer TOKEN". Client and CLI read it from BERTH_TOKEN.',
  },
  forbidden_caller: {
    prefix: 'forbidden caller',
    fault: 'caller',
    retryable: false,
    hint: 'Call as the user of the host. For other callers, start the host with --token, and give them that token.',
  },
  forbidden_origin: {
    prefix: 'forbidden origin',
    fault: 'caller',
    retryable: false,
    hint: 'Call the local host from a program, or from a page that it served itself.',
  },
  route_not_found: {
    prefix: 'no such route',
    fault: 'caller',
    retryable: false,
    hint: 'Check the path; every path begins with /v1/ and none ends with a slash.',
  },
  method_not_allowed: {
    prefix: 'method not allowed',
    fault: 'caller',
    retryable: false,
    hint: 'Use one of the methods that the header Allow names.',
  },
  request_timeout: {
    prefix: 'the request did not arrive in time',
    fault: 'caller',
    retryable: true,
    hint: 'Send the whole request at once.',
  },
  payload_too_large: {
    prefix: 'payload too large',
    fault: 'caller',
    retryable: false,
    hint: 'Send a smaller body; a specification has at most 64 KB.',
  },
  unsupported_media_type: {
    prefix: 'unsupported media type',
    fault: 'caller',
    retryable: false,
    hint: 'Send the body uncompressed, with the header content-type: application/json.',
  },
  misdirected_request: {
    prefix: 'misdirected request',
    fault: 'caller',
    retryable: false,
    hint: 'Address the local host as localhost or 127.0.0.1.',
  },
  headers_too_large: {
    prefix: 'request line and headers too large',
    fault: 'caller',
    retryable: false,
    hint: 'Keep the request line and the headers below 10,240 bytes.',
  },
  internal: {
    prefix: 'internal error',
    fault: 'platform',
    retryable: true,
    hint: 'Try again; if it goes on, look for the request id in the logs.',
  },
} as const satisfies Record<string, { prefix: string; fault: Fault; retryable: boolean; hint: string }>;

export type HttpErrorCode = keyof typeof httpErrorCatalog;

/** An error of HTTP itself. The caller sees its message, which begins with the prefix in the catalog. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;
  readonly retryable: boolean;
  readonly hint: string;
  /** Headers for the answer, such as `allow`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: HttpErrorCode,
    detail = '',
    headers: Readonly<Record<string, string>> = {},
    { retryable, hint }: { retryable: boolean; hint: string } = httpErrorCatalog[code],
  ) {
    const { prefix } = httpErrorCatalog[code];
    super(detail ? `${prefix}: ${detail}` : prefix);
    this.code = code;
    this.retryable = retryable;
    this.hint = hint;
    this.headers = headers;
  }
}
