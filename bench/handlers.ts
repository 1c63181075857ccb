import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { handler as getTenantStatus } from '../functions/get-tenant-status.ts';
import { handler as provisionTenant } from '../functions/provision-tenant.ts';
import { changes } from '../functions/runtime/setup/changes.ts';
import { readConfig } from '../functions/runtime/setup/config.ts';
import { createServices, provideServices } from '../functions/runtime/setup/services.ts';
import { validateComputeSpec } from '../src/index.ts';
import { createMemoryTable } from '../test/support/memory-table.ts';
import type { Row } from './harness.ts';
import { spec } from './spec.ts';

const context = { functionName: 'bench', awsRequestId: 'bench', getRemainingTimeInMillis: () => 29_000 } as Context;

/** Returns a row for each measured request, with the memory provider, a table in memory and one provisioned tenant. */
export async function handlerRows(): Promise<Row[]> {
  const config = readConfig({ BERTH_PROVIDERS: '{"memory":{"type":"memory"}}' }, {});
  const services = await createServices(config, { write() {}, table: createMemoryTable() });
  provideServices(services);
  await changes(services).tenants.provision(validateComputeSpec(spec), { actor: 'bench' });
  return [
    await provisionRow(),
    await statusRow('get-tenant-status, provider given', { provider: 'memory' }),
    await statusRow('get-tenant-status, provider from the record'),
  ];
}

/** Measures the provision of a tenant that exists already: the handler reads, compares and answers 200. */
async function provisionRow(): Promise<Row> {
  const body = JSON.stringify(spec);
  const event = eventOf('POST', { headers: { 'content-type': 'application/json' }, body });
  const run = () => provisionTenant(event, context);
  const answer = await run();
  if (answer.statusCode !== 200) throw new Error(`provision-tenant answered ${answer.statusCode}`);
  return {
    subject: { name: 'provision-tenant, repeated', run },
    floor: {
      name: 'a function that parses the body and returns the same answer',
      run: async () => ({
        ...answer,
        body: JSON.stringify({ ...JSON.parse(body), ...JSON.parse(answer.body ?? '') }),
      }),
    },
  };
}

async function statusRow(name: string, queryStringParameters?: Record<string, string>): Promise<Row> {
  const event = eventOf('GET', {
    pathParameters: { tenant_id: spec.tenant_id },
    ...(queryStringParameters && { queryStringParameters }),
  });
  const run = () => getTenantStatus(event, context);
  const answer = await run();
  if (answer.statusCode !== 200) throw new Error(`get-tenant-status answered ${answer.statusCode}`);
  return {
    subject: { name, run },
    floor: {
      name: 'a function with the same answer',
      run: async () => ({ ...answer, body: JSON.stringify(JSON.parse(answer.body ?? '')) }),
    },
    goal: 3,
  };
}

function eventOf(method: string, fields: Partial<APIGatewayProxyEventV2>): APIGatewayProxyEventV2 {
  const requestContext = { requestId: 'bench', http: { method } };
  return { version: '2.0', headers: {}, requestContext, ...fields } as APIGatewayProxyEventV2;
}
