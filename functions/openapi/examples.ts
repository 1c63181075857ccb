import { readFileSync } from 'node:fs';
import type { RoutedOperation } from '../operations.ts';

/** A request. Berth's answer to it is recorded in `example-answers.json`. */
export interface Example {
  /** Unique among the examples of the operation. */
  name: string;
  operation: RoutedOperation;
  summary: string;
  path?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

export interface ExampleAnswer {
  status: number;
  body?: unknown;
}

const program = "console.log('ready');require('http').createServer((_, r) => r.end('hi')).listen(process.env.PORT)";

const spec = {
  tenant_id: 'acme',
  provider_type: 'process',
  containers: [
    {
      name: 'web',
      image: 'node:24-alpine',
      command: ['node', '-e', program],
      ports: [{ name: 'http', container_port: 8080 }],
      health_check: { type: 'http' },
    },
  ],
  resources: { cpu: 256, memory: 128 },
  labels: { plan: 'gold' },
};

const path = { tenant_id: 'acme' };

const labelled = {
  rollout_id: 'version-2',
  select: { labels: { plan: 'gold' } },
  change: { labels: { version: '2' } },
};

/** Requests from the life of one tenant, in order: each one depends on the state that those before it left. */
export const examples: readonly Example[] = [
  { name: 'providers', operation: 'list-providers', summary: 'The registered providers' },
  { name: 'process', operation: 'get-provider', summary: 'The process provider', path: { name: 'process' } },
  { name: 'web', operation: 'validate-tenant-spec', summary: 'A web server', body: spec },
  {
    name: 'mistakes',
    operation: 'validate-tenant-spec',
    summary: 'All mistakes at once',
    body: { ...spec, containers: [], resources: { cpu: 64, memory: 128 } },
  },
  { name: 'web', operation: 'plan-tenant', summary: 'A tenant that does not exist yet', body: spec },
  {
    name: 'web',
    operation: 'provision-tenant',
    summary: 'A web server',
    headers: { 'Idempotency-Key': 'sign-up-4711' },
    body: spec,
  },
  {
    name: 'ended',
    operation: 'get-operation',
    summary: 'A provision that succeeded',
    path: { operation_id: 'acme.mwwm7t1nrmlc.1' },
    query: { wait: '20' },
  },
  { name: 'ready', operation: 'get-tenant', summary: 'A tenant that is ready', path },
  { name: 'missing', operation: 'get-tenant', summary: 'A tenant that does not exist', path: { tenant_id: 'missing' } },
  { name: 'running', operation: 'get-tenant-status', summary: 'A running tenant', path },
  {
    name: 'gold',
    operation: 'list-tenants',
    summary: 'Tenants with a label',
    query: { provider: 'process', label: 'plan:gold', limit: '10' },
  },
  {
    name: 'resize',
    operation: 'update-tenant',
    summary: 'More CPU, unless the tenant has changed',
    path,
    headers: { 'If-Match': '"1"' },
    body: { ...spec, resources: { cpu: 512, memory: 128 } },
  },
  {
    name: 'conflict',
    operation: 'update-tenant',
    summary: 'The tenant has changed meanwhile',
    path,
    headers: { 'If-Match': '"1"' },
    body: { ...spec, resources: { cpu: 1024, memory: 128 } },
  },
  {
    name: 'shrink',
    operation: 'plan-tenant',
    summary: 'The changes of an update',
    body: { ...spec, labels: { plan: 'silver' } },
  },
  { name: 'two', operation: 'list-operations', summary: 'A provision and an update', path },
  { name: 'lines', operation: 'get-tenant-logs', summary: 'The newest lines', path, query: { tail: '10' } },
  {
    name: 'shell',
    operation: 'exec-tenant',
    summary: 'A command in a container',
    path,
    body: { container: 'web', command: ['sh', '-c', 'ls -l'] },
  },
  { name: 'two', operation: 'list-revisions', summary: 'Two revisions', path },
  {
    name: 'last',
    operation: 'diff-revisions',
    summary: 'The last two revisions',
    path,
  },
  {
    name: 'ended',
    operation: 'steer-operation',
    summary: 'A cancel of an operation that has ended',
    path: { operation_id: 'acme.mwwm7t1nrmlc.1', action: 'cancel' },
  },
  {
    name: 'unsupported',
    operation: 'steer-operation',
    summary: 'An approval where versions do not wait for any',
    path: { operation_id: 'acme.mwwm7t1nrmlc.1', action: 'approve' },
  },
  { name: 'back', operation: 'rollback-tenant', summary: 'Back to the first revision', path, body: { revision: 1 } },
  { name: 'fresh', operation: 'restart-tenant', summary: 'New containers for the same revision', path },
  { name: 'quiet', operation: 'stop-tenant', summary: 'A tenant that stops', path },
  { name: 'awake', operation: 'start-tenant', summary: 'A tenant that comes up again', path },
  { name: 'gold', operation: 'plan-rollout', summary: 'A new label for all gold tenants', body: labelled },
  { name: 'gold', operation: 'start-rollout', summary: 'A new label for all gold tenants', body: labelled },
  {
    name: 'taken',
    operation: 'start-rollout',
    summary: 'Another rollout with the same id',
    body: { ...labelled, failure_budget: 1 },
  },
  {
    name: 'succeeded',
    operation: 'get-rollout',
    summary: 'A rollout that succeeded',
    path: { rollout_id: 'version-2' },
    query: { wait: '20' },
  },
  { name: 'all', operation: 'list-rollouts', summary: 'All rollouts', query: { limit: '10' } },
  {
    name: 'canary',
    operation: 'list-rollout-tenants',
    summary: 'The tenants of the first wave',
    path: { rollout_id: 'version-2' },
    query: { wave: 'canary' },
  },
  {
    name: 'ended',
    operation: 'steer-rollout',
    summary: 'A rollout that ended',
    path: { rollout_id: 'version-2', command: 'pause' },
  },
  {
    name: 'done',
    operation: 'skip-rollout-tenant',
    summary: 'A tenant that is updated already',
    path: { rollout_id: 'version-2', tenant_id: 'acme' },
  },
  {
    name: 'back',
    operation: 'steer-rollout',
    summary: 'Back to before',
    path: { rollout_id: 'version-2', command: 'undo' },
  },
  {
    name: 'undone',
    operation: 'get-rollout',
    summary: 'A rollout that was undone',
    path: { rollout_id: 'version-2' },
    query: { wait: '20' },
  },
  { name: 'gone', operation: 'destroy-tenant', summary: 'A tenant that is destroyed', path },
  {
    name: 'destroyed',
    operation: 'list-activity',
    summary: 'What was destroyed',
    query: { type: 'destroy', limit: '10' },
  },
  { name: 'own', operation: 'get-installation', summary: 'The id of this installation' },
  { name: 'none', operation: 'list-orphans', summary: 'No orphans of a provider', query: { provider: 'process' } },
  {
    name: 'unknown',
    operation: 'remove-orphan',
    summary: 'An orphan that is not on record',
    path: { provider: 'process', tenant_id: 'ghost' },
  },
  {
    name: 'unknown',
    operation: 'adopt-orphan',
    summary: 'An orphan that is not on record',
    path: { provider: 'process', tenant_id: 'ghost' },
    body: { ...spec, tenant_id: 'ghost' },
  },
];

export function keyOf({ operation, name }: Example): string {
  return `${operation} ${name}`;
}

const recorded: Record<string, ExampleAnswer> = JSON.parse(
  readFileSync(new URL('example-answers.json', import.meta.url), 'utf8'),
);

/** Returns the recorded answers with this status as OpenAPI examples, or false if there is none. */
export function examplesOf(status: number, those: readonly Example[]) {
  const answered = those.flatMap((example) => {
    const answer = recorded[keyOf(example)];
    return answer?.status === status ? [[example.name, { summary: example.summary, value: answer.body }] as const] : [];
  });
  return answered.length > 0 && { examples: Object.fromEntries(answered) };
}
