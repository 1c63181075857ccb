import { describe, expect, test } from 'vitest';
import { addMs } from '../../../src/tenants/clock.ts';
import { type Decision, decide } from '../../../src/tenants/decide/decide.ts';
import * as lives from '../model/lives.ts';
import { ask, at, destroy, elsewhere, first, NOON, outcomeOf, provision, second, update } from '../model/lives.ts';

const tenants = {
  nothing: undefined,
  provisioning: lives.provisioning,
  ready: lives.ready,
  updating: lives.updating,
  'not updated': lives.notUpdated,
  'never up': lives.neverUp,
  destroying: lives.destroying,
  destroyed: lives.destroyed,
  'never was': lives.neverWas,
};

const requests = {
  'provision the same': provision(first),
  'provision another': provision(second),
  'provision elsewhere': provision(elsewhere),
  'update to the same': update(first),
  'update to another': update(second),
  'update elsewhere': update(elsewhere),
  'roll back': ask({ type: 'rollback', spec: first, rollback_of: 1 }),
  destroy,
  'destroy at a provider': ask({ type: 'destroy', provider_type: 'counting' }),
  'destroy, as a message': ask({ type: 'destroy' }, { requested_at: addMs(NOON, 600_000) }),
  'destroy an orphan': ask({ type: 'destroy', provider_type: 'counting', orphan: true }),
  heal: ask({ type: 'heal', message: 'something is missing' }),
};

type Case = keyof typeof requests;

/** The outcomes where no tenant exists: there never was one, or it was destroyed. */
const gone: Record<Case, string> = {
  'provision the same': 'provisioning',
  'provision another': 'provisioning',
  'provision elsewhere': 'provisioning',
  'update to the same': 'tenant_not_found',
  'update to another': 'tenant_not_found',
  'update elsewhere': 'tenant_not_found',
  'roll back': 'tenant_not_found',
  destroy: 'absent',
  'destroy at a provider': 'destroying',
  'destroy, as a message': 'destroying',
  'destroy an orphan': 'destroying',
  heal: 'absent',
};

/** The outcome of each request for each tenant: of an accepted one, its phase. `second` is desired where an update ran. */
const table: Record<keyof typeof tenants, Record<Case, string>> = {
  nothing: gone,
  provisioning: {
    'provision the same': 'joined',
    'provision another': 'operation_in_progress',
    'provision elsewhere': 'operation_in_progress',
    'update to the same': 'joined',
    'update to another': 'updating',
    'update elsewhere': 'invalid_spec',
    'roll back': 'joined',
    destroy: 'destroying',
    'destroy at a provider': 'destroying',
    'destroy, as a message': 'destroying',
    'destroy an orphan': 'absent',
    heal: 'absent',
  },
  ready: {
    'provision the same': 'unchanged',
    'provision another': 'tenant_exists',
    'provision elsewhere': 'tenant_exists',
    'update to the same': 'unchanged',
    'update to another': 'updating',
    'update elsewhere': 'invalid_spec',
    'roll back': 'unchanged',
    destroy: 'destroying',
    'destroy at a provider': 'destroying',
    'destroy, as a message': 'destroying',
    'destroy an orphan': 'absent',
    heal: 'updating',
  },
  updating: {
    'provision the same': 'operation_in_progress',
    'provision another': 'joined',
    'provision elsewhere': 'operation_in_progress',
    'update to the same': 'updating',
    'update to another': 'joined',
    'update elsewhere': 'invalid_spec',
    'roll back': 'updating',
    destroy: 'destroying',
    'destroy at a provider': 'destroying',
    'destroy, as a message': 'destroying',
    'destroy an orphan': 'absent',
    heal: 'absent',
  },
  'not updated': {
    'provision the same': 'updating',
    'provision another': 'updating',
    'provision elsewhere': 'invalid_spec',
    'update to the same': 'updating',
    'update to another': 'updating',
    'update elsewhere': 'invalid_spec',
    'roll back': 'updating',
    destroy: 'destroying',
    'destroy at a provider': 'destroying',
    'destroy, as a message': 'destroying',
    'destroy an orphan': 'absent',
    heal: 'absent',
  },
  'never up': {
    'provision the same': 'provisioning',
    'provision another': 'provisioning',
    'provision elsewhere': 'invalid_spec',
    'update to the same': 'updating',
    'update to another': 'updating',
    'update elsewhere': 'invalid_spec',
    'roll back': 'updating',
    destroy: 'destroying',
    'destroy at a provider': 'destroying',
    'destroy, as a message': 'destroying',
    'destroy an orphan': 'absent',
    heal: 'absent',
  },
  destroying: {
    'provision the same': 'operation_in_progress',
    'provision another': 'operation_in_progress',
    'provision elsewhere': 'operation_in_progress',
    'update to the same': 'operation_in_progress',
    'update to another': 'operation_in_progress',
    'update elsewhere': 'invalid_spec',
    'roll back': 'operation_in_progress',
    destroy: 'joined',
    'destroy at a provider': 'joined',
    'destroy, as a message': 'joined',
    'destroy an orphan': 'absent',
    heal: 'absent',
  },
  destroyed: gone,
  'never was': gone,
};

describe.each(Object.entries(table))('a tenant that is %s', (name, row) => {
  const current = tenants[name as keyof typeof tenants];

  test.each(Object.entries(row))('%s: %s', (request, expected) => {
    expect(outcomeOf(current, requests[request as Case])).toBe(expected);
  });

  test('is not modified by any decision', () => {
    const before = structuredClone(current);
    for (const request of Object.values(requests)) outcomeOf(current, request);
    expect(current).toEqual(before);
  });

  test('gets equal decisions for equal requests', () => {
    for (const request of Object.values(requests)) {
      const answer = (): Decision | unknown => {
        try {
          return decide(current, request, () => at(20));
        } catch (error) {
          return error;
        }
      };
      expect(answer()).toEqual(answer());
    }
  });
});
