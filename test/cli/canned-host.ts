import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** The time at which the canned tenants are viewed. */
export const cannedNow = Date.parse('2026-03-10T12:00:00.000Z');

const endpoints = [
  { type: 'http', address: '127.0.0.1', port: 34913, url: 'http://127.0.0.1:34913' },
  { type: 'tcp', address: '127.0.0.1', port: 40001 },
];
const long =
  'container web could not be started (ENOENT): its command was not found in PATH, or its working folder is gone';
const error = {
  code: 'update_failed',
  fault: 'provider',
  retryable: false,
  usable: true,
  message: `update failed: ${long}\ncontainer api could not be started either`,
  hint: 'Revision 1 still serves. Correct the cause and update again, or roll back to it.',
};

const operation = (seq: number, more: object) => ({
  operation_id: `acme-web.mwwm8fm48qtv.${seq}`,
  tenant_id: 'acme-web',
  incarnation: 'mwwm8fm48qtv',
  actor: 'arn:aws:sts::123456789012:assumed-role/platform-deploy/pipeline',
  requested_at: '2026-03-10T11:58:00.000Z',
  attempts: 0,
  retries: [],
  message: '',
  ...more,
});
const operations = [
  operation(3, {
    type: 'update',
    state: 'failed',
    revision: 2,
    ended_at: '2026-03-10T11:58:02.100Z',
    error,
    attempts: 1,
    retries: [
      {
        at: '2026-03-10T11:58:01.000Z',
        code: 'throttled',
        message: 'throttled: slow down',
        next_at: '2026-03-10T11:58:02.000Z',
      },
    ],
  }),
  operation(1, {
    type: 'provision',
    state: 'succeeded',
    revision: 1,
    requested_at: '2026-03-03T12:00:00.000Z',
    ended_at: '2026-03-03T12:03:20.000Z',
  }),
];
const revisions = [
  {
    revision: 2,
    actor: operations[0]?.actor,
    created_at: '2026-03-10T11:58:00.000Z',
    changed: ['/containers/api/command', '/containers/api/image', '/containers/web/env', '/resources/memory'],
    spec_hash: 'b',
    operation_id: operations[0]?.operation_id,
    outcome: 'failed',
  },
  {
    revision: 1,
    actor: 'local',
    created_at: '2026-03-03T12:00:00.000Z',
    changed: [],
    spec_hash: 'a',
    operation_id: operations[1]?.operation_id,
    outcome: 'serving',
  },
];
const condition = (type: string, status: boolean, reason: string, message: string) => ({
  type,
  status,
  reason,
  message,
  observed_revision: 2,
  since: '2026-03-10T11:58:02.000Z',
});
const tenant = {
  tenant_id: 'acme-web',
  incarnation: 'mwwm8fm48qtv',
  provider_type: 'ecs-eu',
  phase: 'failed',
  revision: 2,
  serving_revision: 1,
  health: 'healthy',
  observed_at: '2026-03-10T11:59:57.000Z',
  restart_count: 0,
  spec: {
    tenant_id: 'acme-web',
    provider_type: 'ecs-eu',
    containers: [],
    resources: { cpu: 512, memory: 512 },
    labels: { plan: 'enterprise', region: 'eu-central-1' },
  },
  conditions: [
    condition('Ready', false, 'PreviousRevisionServing', 'Revision 1 serves; 2 is desired.'),
    condition('Progressing', false, 'Settled', 'No operation is running.'),
    condition('Degraded', true, 'UpdateFailed', error.message),
  ],
  last_operation: operations[0],
  endpoints,
  resource_ids: {},
  created_at: '2026-03-03T12:00:00.000Z',
  updated_at: '2026-03-10T11:58:02.000Z',
};
const summary = (tenant_id: string, more: object = {}) => ({
  tenant_id,
  provider_type: 'ecs-eu',
  phase: 'ready',
  ready: true,
  reason: 'Serving',
  health: 'healthy',
  observed_at: '2026-03-10T11:59:57.000Z',
  restart_count: 0,
  revision: 1,
  spec_hash: 'a',
  labels: { plan: 'enterprise', region: 'eu-central-1' },
  endpoints,
  created_at: '2026-03-03T12:00:00.000Z',
  updated_at: '2026-03-10T11:59:15.000Z',
  ...more,
});
const status = {
  tenant_id: 'acme-web',
  provider_type: 'ecs-eu',
  state: 'running',
  containers: [
    { name: 'web', state: 'running', ready: true, restart_count: 0, message: '' },
    { name: 'api', state: 'starting', ready: false, restart_count: 12, message: long },
    {
      name: '日本語',
      state: 'running',
      ready: true,
      restart_count: 0,
      message: 'as wide as it looks: 日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語',
    },
  ],
  health: 'unhealthy',
  endpoints,
  last_updated: '2026-03-10T11:59:59.000Z',
  metadata: { failure: long },
};
const capabilities = {
  health_checks: ['http', 'tcp', 'exec'],
  secret_sources: ['aws-secrets-manager', 'aws-ssm'],
  images: true,
  resource_limits: true,
  network_isolation: true,
  host_ports: false,
  logs: true,
};
const plan = {
  tenant_id: 'acme-web',
  provider_type: 'ecs-eu',
  action: 'update',
  revision: 2,
  changes: [
    {
      pointer: '/containers/0/image',
      before: 'registry.example.com/acme/web:1.4.0',
      after: 'registry.example.com/acme/web:1.5.0',
      effect: 'replace',
    },
    { pointer: '/containers/0/env/TOKEN', before: '[redacted]', after: '[redacted]', effect: 'replace' },
    { pointer: '/labels/plan', after: 'pro', effect: 'in_place' },
    { pointer: '/networking/public_ip', before: true, effect: 'in_place' },
  ],
  warnings: ['the tenant failed (update failed); this would be another try'],
};

const answers: Record<string, unknown> = {
  'GET /v1/tenants': {
    tenants: [
      summary('acme-web', { phase: 'failed', revision: 12 }),
      summary('globex', {
        provider_type: 'process',
        endpoints: [],
        labels: {},
        created_at: '2026-03-10T11:59:56.000Z',
      }),
      summary('initech-with-a-rather-long-name-that-no-person-would-type-by-hand', {
        phase: 'updating',
        ready: false,
        reason: 'RollingOut',
      }),
    ],
    next_cursor: null,
  },
  'GET /v1/tenants/acme-web': tenant,
  'GET /v1/tenants/acme-web/status': status,
  'GET /v1/tenants/acme-web/revisions': { revisions },
  'GET /v1/tenants/acme-web/operations': { operations },
  'POST /v1/tenants/plan': plan,
  'GET /v1/providers': { providers: ['ecs-eu', 'process'] },
  'GET /v1/providers/ecs-eu': { name: 'ecs-eu', capabilities, config_schema: {}, config_defaults: {} },
  'GET /v1/providers/process': {
    name: 'process',
    capabilities: { ...capabilities, images: false, resource_limits: false, secret_sources: ['file'] },
    config_schema: {},
    config_defaults: {},
  },
};

/** Serves fixed answers of a control plane, so that output can be compared with snapshots. */
export async function startCannedHost(): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const answer = answers[`${request.method} ${pathname}`];
    request.resume();
    response.writeHead(answer ? 200 : 404, {
      'content-type': answer ? 'application/json' : 'application/problem+json',
      'x-request-id': 'canned',
    });
    response.end(JSON.stringify(answer ?? {}));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
