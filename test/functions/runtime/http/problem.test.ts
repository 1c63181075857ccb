import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HttpError, httpErrorCatalog } from '../../../../functions/runtime/http/http-error.ts';
import { httpStatus } from '../../../../functions/runtime/http/http-status.ts';
import { toProblem } from '../../../../functions/runtime/http/problem.ts';
import { errorCatalog, InvalidRequestError, InvalidSpecError, ThrottledError } from '../../../../src/index.ts';

const catalog = { ...errorCatalog, ...httpErrorCatalog };
type Code = keyof typeof catalog;

test('docs/errors.md has a row and a hint for each code, equal to the catalogs', () => {
  const lines = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8').split('\n');
  const codes = Object.keys(httpStatus) as Code[];
  const rows = codes.map((code) => {
    const { prefix, fault, retryable } = catalog[code];
    return `| \`${code}\` | ${httpStatus[code]} | ${prefix} | ${fault} | ${retryable ? 'yes' : 'no'} |`;
  });
  expect(lines.filter((line) => line.startsWith('| `'))).toEqual(rows);
  const hints = codes.map((code) => `- \`${code}\`: ${catalog[code].hint}`);
  expect(lines.filter((line) => /^- `[a-z_]+`: [A-Z]/.test(line))).toEqual(hints);
});

test('no code is in both catalogs', () => {
  expect(Object.keys(errorCatalog).filter((code) => code in httpErrorCatalog)).toEqual([]);
});

test('a fault of the caller is a 4xx, any other a 5xx, and a throttled caller gets a Retry-After', () => {
  for (const code of Object.keys(httpStatus) as Code[]) {
    const { fault } = catalog[code];
    // 501 says that the provider cannot, which only a caller can act on.
    if (['throttled', 'provider_conflict', 'place_changed', 'unsupported'].includes(code)) continue;
    expect([code, httpStatus[code] < 500]).toEqual([code, fault === 'caller']);
  }
  const throttled = toProblem(new ThrottledError('slow down'), 'r');
  expect(throttled).toMatchObject({ status: 429, headers: { 'retry-after': '2' }, body: { retryable: true } });
});

test.each([
  [1, '1'],
  [7_200, '8'],
  [1e300, '300'],
  [Number.POSITIVE_INFINITY, '300'],
  [0, '2'],
  [-5_000, '2'],
  [Number.NaN, '2'],
])('an error that asks for a pause of %d ms has a Retry-After of %s s', (retryAfterMs, seconds) => {
  const { headers } = toProblem(new ThrottledError('slow down', { retryAfterMs }), 'r');
  expect(headers?.['retry-after']).toBe(seconds);
});

test('an error becomes a problem with its code, text and next step', () => {
  const { status, headers, body } = toProblem(new HttpError('method_not_allowed', 'no', { allow: 'GET' }), 'request-7');
  expect(status).toBe(405);
  expect(headers).toEqual({ 'content-type': 'application/problem+json', allow: 'GET' });
  expect(body).toEqual({
    type: 'urn:berth:problem:method_not_allowed',
    title: 'method not allowed',
    status: 405,
    detail: 'method not allowed: no',
    code: 'method_not_allowed',
    retryable: false,
    request_id: 'request-7',
    hint: httpErrorCatalog.method_not_allowed.hint,
  });
});

test.each([InvalidSpecError, InvalidRequestError])('%o carries every issue', (Invalid) => {
  const issues = [
    { pointer: '/a', message: 'one' },
    { pointer: '/b', message: 'two' },
  ];
  const { status, body } = toProblem(new Invalid(issues), 'r');
  expect(status).toBe(422);
  expect(body.errors).toEqual([
    { pointer: '/a', detail: 'one' },
    { pointer: '/b', detail: 'two' },
  ]);
});

test.each([
  [new Error('ENOENT: open /srv/secret')],
  [new TypeError('x is not a function')],
  ['a string with a secret'],
  [null],
  [undefined],
  [{ code: 'invalid_spec', message: 'forged' }],
])('any other thrown value becomes internal, without any detail: %o', (thrown) => {
  const { status, body } = toProblem(thrown, 'r');
  expect(status).toBe(500);
  expect(body).toMatchObject({
    code: 'internal',
    request_id: 'r',
    detail: 'internal error: the request could not be served',
  });
});
