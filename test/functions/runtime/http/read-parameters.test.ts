import { describe, expect, test } from 'vitest';
import { ListQuery, LogsQuery, TenantPath, WaitQuery } from '../../../../functions/runtime/http/parameters.ts';
import { noParameters, type Parameters, readParameters } from '../../../../functions/runtime/http/read-parameters.ts';
import { InvalidRequestError } from '../../../../src/compute/errors.ts';
import { TenantId } from '../../../../src/compute/spec/spec.ts';

type Texts = Readonly<Record<string, string | undefined>>;

function issuesOf(place: 'path' | 'query', known: Parameters, given: Texts | undefined) {
  try {
    readParameters(place, known, given);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.issues;
    throw error;
  }
  return [];
}

describe('the values of parameters', () => {
  test('are typed, and an absent one has its default or is left out', () => {
    expect(readParameters('query', ListQuery, { limit: '007', label: 'a:b:c,d:', cursor: '' })).toEqual({
      limit: 7,
      label: { a: 'b:c', d: '' },
      cursor: '',
    });
    expect(readParameters('query', ListQuery, undefined)).toEqual({ limit: 50 });
    expect(readParameters('query', WaitQuery, { wait: undefined })).toEqual({ wait: 0 });
    expect(readParameters('query', LogsQuery, { tail: '0' })).toEqual({ tail: 0 });
  });

  test.each(['acme', 'a', '-a', 'a-', 'A', '', 'a'.repeat(63), 'a'.repeat(64), 'a\n', '..%2fx', 'é'])(
    'of a path hold a tenant id exactly where the schema accepts it: %j',
    (text) => {
      const isAccepted = issuesOf('path', TenantPath, { tenant_id: text }).length === 0;
      expect(isAccepted).toBe(TenantId.safeParse(text).success);
    },
  );
});

describe('an issue', () => {
  test('is reported for each parameter that is wrong, missing in a path, or unknown', () => {
    const given = { limit: '101', phase: 'asleep', surprise: '1', 'a/b': '' };
    expect(issuesOf('query', ListQuery, given)).toEqual([
      {
        pointer: '/query/phase',
        message:
          'phase must be one of provisioning, ready, updating, stopping, stopped, starting, destroying, destroyed, failed',
      },
      { pointer: '/query/limit', message: 'limit must be a whole number from 1 to 100' },
      {
        pointer: '/query/surprise',
        message: 'unknown query parameter (known: provider, phase, health, label, limit, cursor): surprise',
      },
      {
        pointer: '/query/a~1b',
        message: 'unknown query parameter (known: provider, phase, health, label, limit, cursor): a/b',
      },
    ]);
    expect(issuesOf('path', TenantPath, {})).toEqual([{ pointer: '/path/tenant_id', message: 'tenant_id required' }]);
    expect(issuesOf('query', noParameters, { a: '1' })).toEqual([
      { pointer: '/query/a', message: 'unknown query parameter (known: none): a' },
    ]);
  });

  test('is reported for names that objects inherit', () => {
    const given = JSON.parse('{"__proto__":"1","constructor":"2"}') as Texts;
    expect(issuesOf('query', ListQuery, given).map(({ pointer }) => pointer)).toEqual([
      '/query/__proto__',
      '/query/constructor',
    ]);
  });

  test.each(['1e3', '-1', '0x10', ' 1', '1.0', '１', '9'.repeat(10)])('is reported for the number %j', (limit) => {
    expect(issuesOf('query', ListQuery, { limit })).toHaveLength(1);
  });
});
