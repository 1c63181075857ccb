import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { handler as getTenantStatus } from '../functions/get-tenant-status.ts';
import { handler as provisionTenant } from '../functions/provision-tenant.ts';
import { changes } from '../functions/runtime/setup/changes.ts';
import { readConfig } from '../functions/runtime/setup/config.ts';
import { createServices, provideServices } from '../functions/runtime/setup/services.ts';
import { Registry, validateComputeSpec } from '../src/index.ts';
import { createMemoryProvider } from '../src/providers/memory/provider.ts';
import { createMemoryTable } from '../test/support/memory-table.ts';
import type { Row, Subject } from './harness.ts';
import { spec } from './spec.ts';

const text = JSON.stringify(spec);

/** Holds the latest result, so that the compiler cannot drop the work. */
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
  let count = 0;
  const next = () => {
    count += 1;
    return names[count & 15] ?? '';
  };
  return { subject: sync('registry.get', () => registry.get(next())), floor: sync('Map.get', () => map.get(next())) };
}

function validateRow(): Row {
  return {
    subject: sync(`validateComputeSpec (${text.length} bytes)`, () => validateComputeSpec(spec)),
    floor: sync('JSON.parse of the same', () => JSON.parse(text)),
  };
}

const context = { functionName: 'bench', awsRequestId: 'bench', getRemainingTimeInMillis: () => 29_000 } as Context;

function eventOf(method: string, fields: Partial<APIGatewayProxyEventV2>): APIGatewayProxyEventV2 {
  const requestContext = { requestId: 'bench', http: { method } };
  return { version: '2.0', headers: {}, requestContext, ...fields } as APIGatewayProxyEventV2;
}

async function statusRow(title: string, query?: Record<string, string>): Promise<Row> {
  const event = eventOf('GET', {
    pathParameters: { tenant_id: spec.tenant_id },
    ...(query && { queryStringParameters: query }),
  });
  const answer = await getTenantStatus(event, context);
  if (answer.statusCode !== 200) throw new Error(`get-tenant-status answered ${answer.statusCode}`);
  return {
    subject: async(title, () => getTenantStatus(event, context)),
    floor: async('a function with the same answer', async () => ({
      ...answer,
      body: JSON.stringify(JSON.parse(answer.body ?? '')),
    })),
    goal: 3,
  };
}

/** Repeats the provision of a tenant that is there already: the handler reads, compares and answers 200. */
async function provisionRow(): Promise<Row> {
  const event = eventOf('POST', { headers: { 'content-type': 'application/json' }, body: text });
  const answer = await provisionTenant(event, context);
  if (answer.statusCode !== 200) throw new Error(`provision-tenant answered ${answer.statusCode}`);
  return {
    subject: async('provision-tenant, repeated', () => provisionTenant(event, context)),
    floor: async('a function that parses the body and returns the same answer', async () => ({
      ...answer,
      body: JSON.stringify({ ...JSON.parse(event.body ?? ''), ...JSON.parse(answer.body ?? '') }),
    })),
  };
}

/** Gives the handlers services with the memory provider, a table in memory and one provisioned tenant. */
async function provideTenant(): Promise<void> {
  const config = readConfig({ BERTH_PROVIDERS: '{"memory":{"type":"memory"}}' }, {});
  const services = await createServices(config, { write: keep, table: createMemoryTable() });
  provideServices(services);
  await changes(services).tenants.provision(validateComputeSpec(spec), { actor: 'bench' });
}

/** Returns the rows of the core and of the handlers, each with its floor. */
export async function coreRows(): Promise<Row[]> {
  await provideTenant();
  return [
    registryRow(),
    validateRow(),
    await provisionRow(),
    await statusRow('get-tenant-status, provider given', { provider: 'memory' }),
    await statusRow('get-tenant-status, provider on record'),
  ];
}

export function lastResult(): unknown {
  return sink;
}
