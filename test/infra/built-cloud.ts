import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  GetItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import dynalite from 'dynalite';
import { findRoute } from '../../infra/local/http/find-route.ts';
import { splitTarget, toEvent } from '../../infra/local/http/to-event.ts';
import { type CfnTemplate, type Resource, readTemplate, resolver } from '../support/cloud-assembly.ts';
import { openFakeBus } from '../support/fake-bus.ts';
import { type FunctionProcess, openFunction } from '../support/lambda/function-process.ts';
import { openLoopback } from '../support/loopback.ts';

const region = 'eu-central-1';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

interface FunctionProperties {
  Description: string;
  Handler: string;
  Timeout: number;
  Code: { S3Key: string };
  Environment: { Variables: Record<string, unknown> };
}

/**
 * Runs the output of `cdk synth`: each function as a process with the environment of the template, the table that the
 * template defines, and a bus.
 */
export async function openBuiltCloud(outdir: string, sandbox: string, stacks = ['BerthState', 'Berth']) {
  const templates = stacks.map((stack) => readTemplate(outdir, stack));
  const resolve = resolver(templates);
  const database = await openLoopback(dynalite({ createTableMs: 0 }));
  const bus = await openFakeBus();
  const client = new DynamoDBClient({ endpoint: `http://${database.address}`, region, credentials });
  const [[tableName, table]] = resourcesOf(templates, 'AWS::DynamoDB::GlobalTable') as [[string, Resource]];
  await client.send(new CreateTableCommand(toCreateTable(tableName, table)));
  mkdirSync(join(sandbox, 'tmp'), { recursive: true });
  const running: FunctionProcess[] = [];

  /** Starts the function of an operation; `overrides` replace variables of its environment, and its time limit. */
  async function open(
    operation: string,
    overrides: Readonly<Record<string, string>> = {},
    limitMs?: number,
  ): Promise<FunctionProcess> {
    const { Handler, Timeout, Code, Environment } = propertiesOf(templates, operation);
    const variables = Object.entries(Environment.Variables).map(([name, value]) => [name, resolve(value)] as const);
    const opened = await openFunction({
      name: operation,
      taskRoot: join(outdir, `asset.${Code.S3Key.replace(/\.zip$/, '')}`),
      handler: Handler,
      timeoutMs: limitMs ?? Timeout * 1000,
      environment: {
        // On Lambda, /tmp is private. Here the functions share it, because the memory provider keeps its tenants there.
        ...Object.fromEntries(variables.map(([name, value]) => [name, value.replace(/^\/tmp\//, `${sandbox}/tmp/`)])),
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_ENDPOINT_URL_DYNAMODB: `http://${database.address}`,
        AWS_ENDPOINT_URL_EVENTBRIDGE: `http://${bus.address}`,
        ...overrides,
      },
    });
    running.push(opened);
    return opened;
  }

  return {
    open,
    templates,
    /** `HOST:PORT` of the table and of the bus. */
    services: { dynamodb: database.address, events: bus.address },
    announced: bus.entries,
    /** Returns the item of a tenant as the change stream shows it. */
    async itemOf(tenantId: string) {
      const Key = { pk: { S: `tenant#${tenantId}` }, sk: { S: tenantId } };
      return (await client.send(new GetItemCommand({ TableName: tableName, Key }))).Item;
    },
    async close() {
      await Promise.all(running.map((each) => each.close()));
      client.destroy();
      await Promise.all([database.close(), bus.close()]);
    },
  };
}

/** Returns the operation that API Gateway finds for a request, and the event of its function. */
export function apiEvent(method: string, target: string, body?: unknown) {
  const route = findRoute(method, splitTarget(target).path);
  const wire = {
    method,
    target,
    rawHeaders: ['Content-Type', 'application/json'],
    httpVersion: '1.1',
    remoteAddress: '127.0.0.1',
    body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
  };
  return { operation: route.operation, event: toEvent(wire, route, randomUUID(), new Date()) };
}

/** Sends an event of `apiEvent` to its function. Throws if the function throws. */
export async function answerOf(fn: FunctionProcess, event: unknown): Promise<{ status?: number; body: unknown }> {
  const result = await fn.invoke(event);
  if ('error' in result) throw new Error(`the function threw ${JSON.stringify(result.error)}`);
  const { statusCode, body: text } = result.response as APIGatewayProxyStructuredResultV2;
  return { ...(statusCode !== undefined && { status: statusCode }), body: text ? JSON.parse(text) : undefined };
}

export function resourcesOf(templates: readonly CfnTemplate[], type: string): [string, Resource][] {
  return templates.flatMap(({ Resources }) => Object.entries(Resources).filter(([, { Type }]) => Type === type));
}

function propertiesOf(templates: readonly CfnTemplate[], operation: string): FunctionProperties {
  const all = resourcesOf(templates, 'AWS::Lambda::Function').map(([, { Properties }]) => Properties);
  const found = all.find(({ Description }) => Description === `Berth: ${operation}`);
  if (!found) throw new Error(`the template has no function for ${operation}`);
  return found as unknown as FunctionProperties;
}

/** Converts the table of the template to a request of the DynamoDB API. */
function toCreateTable(TableName: string, { Properties }: Resource): CreateTableCommandInput {
  const { AttributeDefinitions, KeySchema, BillingMode, GlobalSecondaryIndexes } = Properties as never;
  return { TableName, AttributeDefinitions, KeySchema, BillingMode, GlobalSecondaryIndexes };
}
