import { readFileSync } from 'node:fs';
import type { OperationName } from '../routes.ts';

/** A request, and what Berth answered when the examples were last run, one after the other, against the local host. */
export interface Example {
  /** Tells the examples of one operation apart. */
  name: string;
  operation: OperationName;
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

const program =
  "console.log('ready to greet');require('node:http').createServer((_, response) => response.end('hello')).listen(process.env.PORT)";

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

/** A life of one tenant. Its order matters: each example finds what those before it left. */
export const examples: readonly Example[] = [
  { name: 'providers', operation: 'list-providers', summary: 'What is registered' },
  { name: 'process', operation: 'get-provider', summary: 'The process provider', path: { name: 'process' } },
  { name: 'web', operation: 'validate-tenant-spec', summary: 'A web server', body: spec },
  {
    name: 'mistakes',
    operation: 'validate-tenant-spec',
    summary: 'Everything that is wrong, at once',
    body: { ...spec, containers: [], resources: { cpu: 64, memory: 128 } },
  },
  { name: 'web', operation: 'plan-tenant', summary: 'A tenant that is not there yet', body: spec },
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
  { name: 'nobody', operation: 'get-tenant', summary: 'A tenant that nobody asked for', path: { tenant_id: 'nobody' } },
  { name: 'running', operation: 'get-tenant-status', summary: 'A tenant that runs', path },
  {
    name: 'gold',
    operation: 'list-tenants',
    summary: 'Tenants by their label',
    query: { provider: 'process', label: 'plan:gold', limit: '10' },
  },
  {
    name: 'resize',
    operation: 'update-tenant',
    summary: 'More CPU, if nobody changed anything meanwhile',
    path,
    headers: { 'If-Match': '"1"' },
    body: { ...spec, resources: { cpu: 512, memory: 128 } },
  },
  {
    name: 'overtaken',
    operation: 'update-tenant',
    summary: 'Somebody else was first',
    path,
    headers: { 'If-Match': '"1"' },
    body: { ...spec, resources: { cpu: 1024, memory: 128 } },
  },
  {
    name: 'shrink',
    operation: 'plan-tenant',
    summary: 'What an update would change',
    body: { ...spec, labels: { plan: 'silver' } },
  },
  { name: 'two', operation: 'list-operations', summary: 'A provision and an update', path },
  { name: 'lines', operation: 'get-tenant-logs', summary: 'What the containers wrote', path, query: { tail: '10' } },
  { name: 'two', operation: 'list-revisions', summary: 'Two revisions', path },
  { name: 'back', operation: 'rollback-tenant', summary: 'Back to the first revision', path, body: { revision: 1 } },
  { name: 'gone', operation: 'destroy-tenant', summary: 'A tenant that leaves', path },
];

export function keyOf({ operation, name }: Example): string {
  return `${operation} ${name}`;
}

/** The answers by `keyOf` the example, as the test of the examples recorded them. */
export function readAnswers(): Record<string, ExampleAnswer> {
  return JSON.parse(readFileSync(new URL('example-answers.json', import.meta.url), 'utf8'));
}
