import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { handler } from '../functions/get-tenant-status.ts';
import { readConfig } from '../functions/runtime/config.ts';
import { createServices, provideServices } from '../functions/runtime/services.ts';
import { Manager, Registry, silentLogger, validateComputeSpec } from '../src/index.ts';
import { createMemoryProvider } from '../src/providers/memory/provider.ts';
import { createMemoryTable } from '../test/support/memory-table.ts';
import type { Row, Subject } from './harness.ts';
import { spec } from './spec.ts';

const text = JSON.stringify(spec);

/** Keeps a result from being optimised away. */
let sink: unknown;

function keep(result: unknown): void {
  sink = result;
}

function sync(name: string, work: () => unknown): Subject {
  return {
    name,
    run(times) {
      for (let count = 0; count < times; count += 1) keep(work());
    },
  };
}

function async(name: string, work: () => Promise<unknown>): Subject {
  return {
    name,
    async run(times) {
      for (let count = 0; count < times; count += 1) keep(await work());
    },
  };
}

function registryRow(): Row {
  const names = Array.from({ length: 16 }, (_, index) => `provider-${index}`);
  const registry = new Registry();
  for (const name of names) registry.register(createMemoryProvider({ name }));
  const map = new Map(names.map((name) => [name, registry.get(name)]));
  let turn = 0;
  const next = () => {
    turn += 1;
    return names[turn & 15] ?? '';
  };
  return { subject: sync('registry.get', () => registry.get(next())), floor: sync('Map.get', () => map.get(next())) };
}

function validateRow(): Row {
  return {
    subject: sync(`validateComputeSpec (${text.length} bytes)`, () => validateComputeSpec(spec)),
    floor: sync('JSON.parse of the same', () => JSON.parse(text)),
  };
}

/** The provider has the tenant, so each call is the idempotent repetition; its logs go to a sink that makes JSON of them. */
async function managerRow(): Promise<Row> {
  const registry = new Registry();
  registry.register(createMemoryProvider({ name: 'memory' }));
  const write = (message: string, fields?: Record<string, unknown>) => {
    keep(JSON.stringify({ level: 'INFO', message, timestamp: new Date().toISOString(), ...fields }));
  };
  const logged = new Manager(registry, { debug: write, info: write, warn: write, error: write });
  const silent = new Manager(registry, silentLogger);
  const valid = validateComputeSpec(spec);
  await silent.provisionTenant(valid);
  return {
    subject: async('manager.provisionTenant', () => logged.provisionTenant(valid)),
    floor: async('the same without logging', () => silent.provisionTenant(valid)),
  };
}

async function handlerRow(): Promise<Row> {
  const config = readConfig({ BERTH_PROVIDERS: '{"memory":{"type":"memory"}}' }, {});
  const services = await createServices(config, { write: keep, table: createMemoryTable() });
  provideServices(services);
  await services.tenants.provision(validateComputeSpec(spec), { actor: 'bench' });
  const event = {
    version: '2.0',
    headers: {},
    pathParameters: { tenant_id: 'acme' },
    requestContext: { requestId: 'bench', http: { method: 'GET' } },
  } as unknown as APIGatewayProxyEventV2;
  const context = { functionName: 'bench', awsRequestId: 'bench', getRemainingTimeInMillis: () => 29_000 } as Context;
  const answer = await handler(event, context);
  return {
    subject: async('get-tenant-status, warm', () => handler(event, context)),
    floor: async('a function with the same answer', async () => ({
      ...answer,
      body: JSON.stringify(JSON.parse(answer.body ?? '')),
    })),
  };
}

/** The core and the way through a handler. */
export async function coreRows(): Promise<Row[]> {
  return [registryRow(), validateRow(), await managerRow(), await handlerRow()];
}

export function lastResult(): unknown {
  return sink;
}
