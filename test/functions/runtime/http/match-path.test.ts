import { expect, test } from 'vitest';
import { matchPath } from '../../../../functions/runtime/http/match-path.ts';

test.each([
  ['/v1/tenants', '/v1/tenants', {}],
  ['/v1/tenants/{tenant_id}', '/v1/tenants/acme', { tenant_id: 'acme' }],
  ['/v1/tenants/{tenant_id}/status', '/v1/tenants/..%2fx/status', { tenant_id: '..%2fx' }],
  ['/v1/tenants/{tenant_id}', '/v1/tenants/', undefined],
  ['/v1/tenants', '/v1/tenants/', undefined],
  ['/v1/tenants/{tenant_id}', '/v1/tenants/a/b', undefined],
  ['/v1/tenants', '/V1/tenants', undefined],
  ['/v1/tenants', '', undefined],
  ['/v1/tenants/{tenant_id}', '/v1/tenants/{tenant_id}', { tenant_id: '{tenant_id}' }],
])('the template %s matches %s with its parameters, or not at all', (template, path, params) => {
  expect(matchPath(template.split('/'), path.split('/'))).toEqual(params);
});
