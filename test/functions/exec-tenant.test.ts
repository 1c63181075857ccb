import { beforeEach, expect, test } from 'vitest';
import { handler as execTenant } from '../../functions/exec-tenant.ts';
import { handler as listActivity } from '../../functions/list-activity.ts';
import { handler as provision } from '../../functions/provision-tenant.ts';
import type { ExecEnd, ExecProgram } from '../../src/compute/exec/exec.ts';
import { invoke, memorySpec } from './invoke.ts';
import { createProblemSetup, type ProblemSetup } from './openapi/problem-setup.ts';

let setup: ProblemSetup;
const request = { path: { tenant_id: 'acme' }, body: { command: ['sh', '-c', 'id'], tty: true } };

beforeEach(async () => {
  setup = await createProblemSetup();
  await invoke(provision, { body: memorySpec({ provider_type: 'faulty' }) });
});

async function entries() {
  const { body } = await invoke(listActivity, { query: { type: 'exec' } });
  return (body as unknown as { operations: object[] }).operations;
}

test('a session that the backend carries is answered as it is, and recorded with the id of the backend', async () => {
  const remote = {
    container: 'web',
    stream_url: 'wss://backend.example/stream',
    token: 'secret-token',
    target: 'ecs:a_b_c',
    region: 'eu-central-1',
  };
  setup.providerFaults.exec = async () => ({ kind: 'session_manager', session_id: 'aws-1', ...remote });
  const { status, body } = await invoke(execTenant, request);
  expect(status).toBe(201);
  expect(body).toMatchObject({ kind: 'session_manager', tenant_id: 'acme', aws_session_id: 'aws-1', ...remote });
  const [entry] = await entries();
  expect(entry).toMatchObject({ state: 'succeeded', message: 'aws-1', session: { command: 'sh -c id', tty: true } });
  expect(JSON.stringify(entry)).not.toContain('secret-token');
});

test('a program is hung up where no host can carry its stream', async () => {
  const { promise: ended, resolve } = Promise.withResolvers<ExecEnd>();
  const program: ExecProgram = {
    kind: 'program',
    container: 'web',
    output: (async function* none() {})(),
    ended,
    write: async () => undefined,
    endInput: () => undefined,
    resize: () => undefined,
    hangUp: () => resolve({ reason: 'it was hung up' }),
  };
  setup.providerFaults.exec = async () => program;
  const { status, body } = await invoke(execTenant, request);
  expect([status, body?.code]).toEqual([501, 'unsupported']);
  expect(await ended).toEqual({ reason: 'it was hung up' });
});

test('a session that cannot be recorded does not start', async () => {
  let isStarted = false;
  setup.providerFaults.exec = async () => {
    isStarted = true;
    throw new Error('started');
  };
  setup.tableFault = 'contested';
  await invoke(execTenant, request);
  expect(isStarted).toBe(false);
});

test('an answer of a provider that is no session is its fault', async () => {
  setup.providerFaults.exec = async () => ({ kind: 'session_manager', container: 'web' }) as never;
  const { status, body } = await invoke(execTenant, request);
  expect([status, body?.code]).toEqual([502, 'provider_failed']);
  expect(await entries()).toMatchObject([{ state: 'failed', error: { code: 'provider_failed' } }]);
});
