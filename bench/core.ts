import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { handler as getTenantStatus } from '../functions/get-tenant-status.ts';
import { handler as provisionTenant } from '../functions/provision-tenant.ts';
import { changes } from '../functions/runtime/setup/changes.ts';
import { readConfig } from '../functions/runtime/setup/config.ts';
import { createServices, provideServices } from '../functions/runtime/setup/services.ts';
import { createLogger } from '../functions/runtime/telemetry/logger.ts';
import {
  type Logger,
  Manager,
  type Provider,
  type ProvisionResult,
  Registry,
  silentLogger,
  validateComputeSpec,
} from '../src/index.ts';
import { createMemoryProvider } from '../src/providers/memory/provider.ts';
import { createMemoryTable } from '../test/support/memory-table.ts';
import type { GoPeer } from './go-peer.ts';
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

/** As little as a provider can do, in Go and here: it remembers tenants, and answers a repetition with what it answered first. */
function rememberingProvider(): Provider {
  const results = new Map<string, ProvisionResult>();
  const refuse = () => Promise.reject(new Error('this provider only provisions'));
  return {
    name: spec.provider_type,
    async provision({ tenant_id, provider_type }) {
      const known = results.get(tenant_id);
      if (known) return known;
      const result: ProvisionResult = {
        tenant_id,
        provider_type,
        status: 'success',
        resource_ids: { tenant: `memory/${tenant_id}` },
        endpoints: [{ type: 'http', address: '127.0.0.1', port: 8080, url: 'http://127.0.0.1:8080' }],
        message: '',
        provisioned_at: new Date().toISOString(),
      };
      results.set(tenant_id, result);
      return result;
    },
    update: refuse,
    destroy: refuse,
    getStatus: refuse,
    validate: refuse,
    async *list() {},
  };
}

/** Each call is the idempotent repetition; its lines of log are made, and go to a sink. */
function manageSubject(name: string, logger: Logger): Subject {
  const registry = new Registry();
  registry.register(rememberingProvider());
  const manager = new Manager(registry, logger);
  const valid = validateComputeSpec(spec);
  return async(name, () => manager.provisionTenant(valid));
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

async function provisionSubject(): Promise<Subject> {
  const event = eventOf('POST', { headers: { 'content-type': 'application/json' }, body: text });
  const answer = await provisionTenant(event, context);
  if (answer.statusCode !== 200) throw new Error(`provision-tenant answered ${answer.statusCode}`);
  return async('provision-tenant, event to answer', () => provisionTenant(event, context));
}

/** For the handlers: services with the memory provider, a table in memory, and a tenant that is there. */
async function provideTenant(): Promise<void> {
  const config = readConfig({ BERTH_PROVIDERS: '{"memory":{"type":"memory"}}' }, {});
  const services = await createServices(config, { write: keep, table: createMemoryTable() });
  provideServices(services);
  await changes(services).tenants.provision(validateComputeSpec(spec), { actor: 'bench' });
}

/** The core and the way through a handler; beside a Go program, where there is one. */
export async function coreRows(peer: GoPeer | undefined): Promise<Row[]> {
  await provideTenant();
  const manage = manageSubject('manager.provisionTenant, two log lines', createLogger({ write: keep }));
  const provision = await provisionSubject();
  const parse = sync('body parsed and validated', () => validateComputeSpec(JSON.parse(text)));
  const rows = [
    registryRow(),
    validateRow(),
    { subject: manage, floor: manageSubject('the same without logging', silentLogger) },
    await statusRow('get-tenant-status, provider given', { provider: 'memory' }),
    await statusRow('get-tenant-status, provider on record'),
  ];
  if (!peer) return rows;
  return [
    ...rows,
    { subject: parse, floor: peer.subject('unmarshal', 'Go, json.Unmarshal of it'), goal: 0.4 },
    { subject: manage, floor: peer.subject('manager', 'Go, the same'), goal: 1 },
    { subject: provision, floor: peer.subject('handler', 'Go, body to body, nothing durable'), goal: 0.7 },
  ];
}

export function lastResult(): unknown {
  return sink;
}
