import { expect, test } from 'vitest';
import { toRequestError } from '../../../src/console/api/problem.ts';

const problem = { detail: 'no tenant acme', code: 'tenant_not_found', hint: 'List them.', request_id: 'r-1' };

test.each([
  [404, 'caller'],
  [500, 'platform'],
  [502, 'provider'],
  [504, 'provider'],
  [507, 'platform'],
])('a problem with status %i is to be solved by the %s', (status, fault) => {
  const { code, hint, requestId, message, ...error } = toRequestError(status, problem);
  expect(error.fault).toBe(fault);
  expect({ message, code, hint, requestId }).toEqual({
    message: 'no tenant acme',
    code: 'tenant_not_found',
    hint: 'List them.',
    requestId: 'r-1',
  });
});

test('every issue of a specification is shown, and an answer of another form is told as such', () => {
  const errors = [{ pointer: '/tenant_id', detail: 'tenant_id required' }];
  expect(toRequestError(422, { ...problem, errors }).message).toBe('no tenant acme\n/tenant_id: tenant_id required');
  expect(toRequestError(502, '<html>')).toMatchObject({ code: 'unexpected_answer', fault: 'platform' });
});
