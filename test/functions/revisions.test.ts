import { beforeEach, describe, expect, test } from 'vitest';
import { handler as destroyTenant } from '../../functions/destroy-tenant.ts';
import { handler as diffRevisions } from '../../functions/diff-revisions.ts';
import { handler as getOperation } from '../../functions/get-operation.ts';
import { handler as getTenant } from '../../functions/get-tenant.ts';
import { handler as listRevisions } from '../../functions/list-revisions.ts';
import { handler as provisionTenant } from '../../functions/provision-tenant.ts';
import { handler as rollbackTenant } from '../../functions/rollback-tenant.ts';
import { handler as steerOperation } from '../../functions/steer-operation.ts';
import { handler as updateTenant } from '../../functions/update-tenant.ts';
import { invoke, memorySpec, useServices } from './invoke.ts';

const path = { tenant_id: 'acme' };

function version(image: string, more: { env?: Record<string, string>; config?: Record<string, unknown> } = {}) {
  const { env, config } = more;
  return memorySpec({
    containers: [{ name: 'web', image, ...(env && { env }) }],
    ...(config && { provider_config: config }),
  });
}

const stuck = version('busybox:stuck', { config: { in_progress_ms: 3_600_000 } });
const failing = version('busybox:failing', { config: { faults: { update: 'failed' } } });

async function outcomes(): Promise<Record<string, string>> {
  const { body } = await invoke(listRevisions, { path });
  const { revisions } = body as unknown as { revisions: { revision: number; outcome: string }[] };
  return Object.fromEntries(revisions.map(({ revision, outcome }) => [revision, outcome]));
}

let services: Awaited<ReturnType<typeof useServices>>;

beforeEach(async () => {
  services = await useServices({ memory: { type: 'memory' } });
});

describe('the outcome of a revision', () => {
  test('follows from the operations that worked towards it', async () => {
    await invoke(provisionTenant, { body: stuck });
    expect(await outcomes()).toEqual({ 1: 'pending' });
    await invoke(updateTenant, { path, body: version('busybox:2') });
    expect(await outcomes()).toEqual({ 1: 'superseded', 2: 'serving' });
    await invoke(updateTenant, { path, body: failing });
    expect(await outcomes()).toEqual({ 1: 'superseded', 2: 'serving', 3: 'failed' });
    await invoke(updateTenant, { path, body: version('busybox:4') });
    expect(await outcomes()).toEqual({ 1: 'superseded', 2: 'served', 3: 'failed', 4: 'serving' });
    await invoke(destroyTenant, { path });
    expect(await outcomes()).toEqual({ 1: 'superseded', 2: 'served', 3: 'failed', 4: 'served' });
  });
});

describe('a newer update', () => {
  test('over HTTP takes the place of the running operation, which ends as superseded', async () => {
    await invoke(provisionTenant, { body: version('busybox:1') });
    const older = await invoke(updateTenant, { path, body: stuck });
    const conditional = { path, body: version('busybox:3'), headers: { 'if-match': '"1"' } };
    expect((await invoke(updateTenant, conditional)).status).toBe(412);
    expect((await invoke(updateTenant, { ...conditional, headers: { 'if-match': '"2"' } })).status).toBe(200);
    const operation_id = String(older.headers.location).split('/').at(-1) ?? '';
    expect(await invoke(getOperation, { path: { operation_id } })).toMatchObject({
      body: { state: 'cancelled', error: { code: 'operation_superseded', usable: true } },
    });
    expect(await invoke(getTenant, { path })).toMatchObject({ body: { phase: 'ready', revision: 3 } });
  });
});

describe('a cancel', () => {
  test('answers 202 with the rollback that takes the place of the operation', async () => {
    await invoke(provisionTenant, { body: version('busybox:1') });
    const older = await invoke(updateTenant, { path, body: stuck });
    const operation_id = String(older.headers.location).split('/').at(-1) ?? '';
    const back = await invoke(steerOperation, { path: { operation_id, action: 'cancel' } });
    expect(back).toMatchObject({ status: 202, headers: { etag: '"3"' }, body: { type: 'rollback', revision: 3 } });
    expect(back.headers.location).toBe(`/v1/operations/${(back.body as { operation_id?: string }).operation_id}`);
    const again = await invoke(steerOperation, { path: { operation_id, action: 'cancel' } });
    expect(again).toMatchObject({ status: 409, body: { code: 'operation_not_cancellable' } });
    expect(again.body.detail).toContain('it has ended already (cancelled)');
  });
});

describe('an approval', () => {
  const waiting = { approval_ms: 3_600_000 };
  const idOf = ({ headers }: { headers: Record<string, unknown> }) => String(headers.location).split('/').at(-1) ?? '';

  test('lets the version go on, and the operation, its tenant and the activity say who gave it', async () => {
    await invoke(provisionTenant, { body: version('busybox:1', { config: waiting }) });
    const begun = await invoke(updateTenant, { path, body: version('busybox:2', { config: waiting }) });
    expect(begun.status).toBe(202);
    const operation_id = idOf(begun);
    await services.reconciler.reconcile('acme');
    const held = await invoke(getTenant, { path });
    expect(held.body).toMatchObject({
      phase: 'updating',
      serving_revision: 1,
      conditions: expect.arrayContaining([
        expect.objectContaining({
          type: 'Waiting',
          status: true,
          reason: 'Approval',
          message: expect.stringMatching(/^Revision 2 waits for approval until .*; then it is rolled back\.$/),
        }),
      ]),
    });
    const approved = await invoke(steerOperation, { path: { operation_id, action: 'approve' } });
    expect(approved).toMatchObject({ status: 202, body: { operation_id, approvals: [{ by: expect.any(String) }] } });
    await services.reconciler.reconcile('acme');
    const ended = await invoke(getOperation, { path: { operation_id } });
    expect(ended.body).toMatchObject({ state: 'succeeded', approvals: [{ by: expect.any(String) }] });
    expect(ended.body).not.toHaveProperty('gate');
    const after = await invoke(getTenant, { path });
    expect(after.body).toMatchObject({ phase: 'ready', serving_revision: 2 });
    expect(JSON.stringify(after.body)).not.toContain('"Waiting"');
    expect(await invoke(steerOperation, { path: { operation_id, action: 'approve' } })).toMatchObject({ status: 202 });
  });

  test('where nothing waits is a 409 that says what is possible, and another word is no route', async () => {
    const operation_id = idOf(await invoke(provisionTenant, { body: version('busybox:1') }));
    const refused = await invoke(steerOperation, { path: { operation_id, action: 'approve' } });
    expect(refused).toMatchObject({ status: 409, body: { code: 'nothing_to_approve' } });
    expect(refused.body.detail).toContain('it has ended already (succeeded)');
    const running = idOf(await invoke(updateTenant, { path, body: stuck }));
    const early = await invoke(steerOperation, { path: { operation_id: running, action: 'approve' } });
    expect(early.body.detail).toContain('it has not got so far, or its settings ask for no approval');
    const other = await invoke(steerOperation, { path: { operation_id, action: 'hurry' } });
    expect(other).toMatchObject({ status: 404, body: { code: 'route_not_found' } });
    const unknown = await invoke(steerOperation, { path: { operation_id: 'acme.000000000000.9', action: 'approve' } });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'operation_not_found' } });
  });

  test('that is cancelled instead leaves the version that serves', async () => {
    await invoke(provisionTenant, { body: version('busybox:1', { config: waiting }) });
    const operation_id = idOf(await invoke(updateTenant, { path, body: version('busybox:2', { config: waiting }) }));
    const back = await invoke(steerOperation, { path: { operation_id, action: 'cancel' } });
    expect(back).toMatchObject({ status: 202, body: { type: 'rollback' } });
    await invoke(getOperation, { path: { operation_id: idOf(back) }, query: { wait: '5' } });
    expect(await invoke(getTenant, { path })).toMatchObject({ body: { phase: 'ready', serving_revision: 3 } });
  });
});

describe('a comparison of revisions', () => {
  beforeEach(async () => {
    await invoke(provisionTenant, { body: version('busybox:1', { env: { TOKEN: 'canary-1', KEPT: 'canary-2' } }) });
  });

  test('shows what differs, and no env value', async () => {
    await invoke(updateTenant, { path, body: version('busybox:2', { env: { TOKEN: 'canary-3', KEPT: 'canary-2' } }) });
    const diff = await invoke(diffRevisions, { path });
    expect(diff).toMatchObject({ status: 200 });
    expect(diff.body).toEqual({
      tenant_id: 'acme',
      from: 1,
      to: 2,
      changes: [
        { pointer: '/containers/0/image', before: 'busybox:1', after: 'busybox:2' },
        { pointer: '/containers/0/env/TOKEN', before: '[redacted]', after: '[redacted]' },
      ],
    });
  });

  test('without revisions compares the serving one with the desired one', async () => {
    await invoke(updateTenant, { path, body: failing });
    await invoke(updateTenant, { path, body: stuck });
    expect((await invoke(diffRevisions, { path })).body).toMatchObject({ from: 1, to: 3 });
    expect((await invoke(diffRevisions, { path, query: { to: '2' } })).body).toMatchObject({ from: 1, to: 2 });
    expect((await invoke(diffRevisions, { path, query: { from: '2' } })).body).toMatchObject({ from: 2, to: 3 });
    const backwards = await invoke(diffRevisions, { path, query: { from: '3', to: '1' } });
    expect(backwards.body).toMatchObject({ from: 3, to: 1 });
  });

  test('names a revision that does not exist', async () => {
    const only = await invoke(diffRevisions, { path });
    expect(only).toMatchObject({ status: 404, body: { code: 'revision_not_found' } });
    expect(only.body.detail).toContain('has no revision before 1');
    expect(await invoke(diffRevisions, { path, query: { from: '7' } })).toMatchObject({ status: 404 });
    expect(await invoke(diffRevisions, { path, query: { from: 'x' } })).toMatchObject({ status: 422 });
    expect(await invoke(rollbackTenant, { path, body: { revision: 77 } })).toMatchObject({
      status: 404,
      body: { code: 'revision_not_found' },
    });
  });
});
