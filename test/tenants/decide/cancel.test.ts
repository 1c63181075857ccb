import { describe, expect, test } from 'vitest';
import { OperationNotCancellableError } from '../../../src/compute/errors.ts';
import { revisionToGoBackTo } from '../../../src/tenants/decide/cancel.ts';
import type { Operation } from '../../../src/tenants/model/operation.ts';
import type { Tenant } from '../../../src/tenants/model/tenant.ts';
import {
  accepted,
  ask,
  at,
  destroying,
  first,
  notUpdated,
  provision,
  provisioning,
  ready,
  third,
  update,
  updating,
} from '../model/lives.ts';

const rollback = ask({ type: 'rollback', spec: first, rollback_of: 1 });
const heal = ask({ type: 'heal', message: 'something is missing' });

describe('a cancelled operation goes back to the revision that serves', () => {
  test.each<[string, Tenant]>([
    ['an update', updating],
    ['an update that took the place of another', accepted(updating, update(third), at(2))],
    ['a provision of a tenant whose update failed', accepted(notUpdated, provision(third), at(2))],
  ])('%s', (_title, tenant) => {
    expect(revisionToGoBackTo(tenant, tenant.operation)).toBe(1);
  });
});

describe('a request to cancel is refused, with what to do instead', () => {
  const newer = accepted(updating, update(third), at(2));
  const replaced = newer.outbox[0] as Operation;

  test.each<[string, Tenant, Operation, string, RegExp]>([
    ['that succeeded', ready, ready.operation, 'it has ended already (succeeded)', /Roll the tenant back/],
    ['that failed', notUpdated, notUpdated.operation, 'it has ended already (failed)', /Roll the tenant back/],
    ['that was replaced', newer, replaced, 'it has ended already (cancelled)', /Roll the tenant back/],
    ['that nothing served before', provisioning, provisioning.operation, 'no revision served yet', /destroy it/],
    ['that destroys', destroying, destroying.operation, 'a destroy always goes on to its end', /Wait for its end/],
    ['that heals', ...running(accepted(ready, heal, at(2))), 'a heal brings back', /takes the place of the heal/],
    [
      'that goes back',
      ...running(accepted(updating, rollback, at(2))),
      'of revision 1, which served',
      /Wait for its end/,
    ],
  ])('of an operation %s', (_title, tenant, operation, reason, hint) => {
    const refusal = () => revisionToGoBackTo(tenant, operation);
    expect(refusal).toThrow(OperationNotCancellableError);
    expect(refusal).toThrow(reason);
    expect(refusal).toThrow(operation.operation_id);
    expect(refusal).toThrow(expect.objectContaining({ hint: expect.stringMatching(hint), retryable: false }));
  });
});

function running(tenant: Tenant): [Tenant, Operation] {
  return [tenant, tenant.operation];
}
