import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deliver, envelope } from '../functions/deliver.ts';
import { defaults, LOG_GROUP, startQuickEcs } from '../providers/ecs/ecs-subject.ts';
import { synthesize } from '../support/cloud-assembly.ts';
import { ACCOUNT, type FakeEcs, REGION } from '../support/fake-ecs/fake-ecs.ts';
import { startFakeLogs } from '../support/fake-logs/fake-logs.ts';
import { openGuard } from '../support/iam/guard.ts';
import { rolePolicies } from '../support/iam/resolve-policy.ts';
import type { FunctionProcess } from '../support/lambda/function-process.ts';
import { answerOf, apiEvent, openBuiltCloud } from './built-cloud.ts';

/** The body of an answer, as far as the tests read it. */
interface Answer {
  status?: number;
  body: { code?: string; phase?: string };
}

/**
 * Runs `cdk synth` and its functions, each under the policy of its own role, with the providers `memory` and `ecs`. The
 * functions share tenants of `memory` through files, as they share a cluster.
 */
export async function openGuardedCloud() {
  const directory = mkdtempSync(join(tmpdir(), 'berth-built-'));
  const outdir = join(directory, 'cdk.out');
  const place = { id: ACCOUNT, region: REGION };
  const providers = {
    memory: { type: 'memory', persist: true },
    ecs: { type: 'ecs', ...defaults, log_group: LOG_GROUP },
  };
  const written = await synthesize(outdir, { providers });
  const cloud = await openBuiltCloud(outdir, directory);
  const policies = rolePolicies(cloud.templates, place);
  const [ecs, logs] = await Promise.all([startQuickEcs(), startFakeLogs([LOG_GROUP])]);
  const addressOf = ({ url }: { url: string }) => new URL(url).host;
  const guard = await openGuard({
    policies,
    services: { ...cloud.services, ecs: addressOf(ecs), logs: addressOf(logs) },
    account: { ...place, tagsOf: (arn) => tagsOf(ecs, arn) },
  });
  const opened = new Map<string, Promise<FunctionProcess>>();

  /** Opens a function of its own. All its calls go through the guard, under the name of the operation. */
  function open(operation: string, overrides: Readonly<Record<string, string>> = {}): Promise<FunctionProcess> {
    const services = ['DYNAMODB', 'EVENTBRIDGE', 'ECS', 'CLOUDWATCH_LOGS'];
    const url = `http://${guard.address}`;
    const endpoints = Object.fromEntries(services.map((service) => [`AWS_ENDPOINT_URL_${service}`, url]));
    // A sweep goes on while work is due within its time. It works until five seconds before its end.
    const limitMs = operation === 'on-sweep' ? 15_000 : undefined;
    return cloud.open(operation, { ...endpoints, AWS_ACCESS_KEY_ID: operation, ...overrides }, limitMs);
  }

  /** Returns the function of an operation, which the tests share. */
  function fn(operation: string): Promise<FunctionProcess> {
    const found = opened.get(operation) ?? open(operation);
    opened.set(operation, found);
    return found;
  }

  /** Sends a request, as API Gateway would, to the function of its route. */
  async function request(method: string, target: string, body?: unknown, by?: FunctionProcess) {
    const { operation, event } = apiEvent(method, target, body);
    return answerOf(by ?? (await fn(operation)), event) as Promise<Answer>;
  }

  async function sweep(): Promise<void> {
    const result = await (await fn('on-sweep')).invoke({ id: 'sweep' });
    if ('error' in result) throw new Error(JSON.stringify(result.error));
  }

  /** Sweeps until a tenant is in a phase. */
  async function reach(tenantId: string, phase: string): Promise<void> {
    let last: unknown;
    for (let sweeps = 0; sweeps < 20; sweeps += 1) {
      const { body } = await request('GET', `/v1/tenants/${tenantId}`);
      if (body.phase === phase) return;
      last = body;
      await sweep();
    }
    throw new Error(`${tenantId} does not get ${phase}: ${JSON.stringify(last)}`);
  }

  /** Delivers messages as the queue would. Returns the indexes of failed messages. */
  async function put(...bodies: unknown[]): Promise<number[]> {
    const consumer = await fn('on-tenant-requested');
    const handler = async (event: SQSEvent) => {
      const result = await consumer.invoke(event);
      if ('error' in result) throw new Error(JSON.stringify(result.error));
      return result.response as SQSBatchResponse;
    };
    return deliver(handler, bodies);
  }

  /** Invokes the consumer of the change stream with the tenant as it is now. */
  async function announce(tenantId: string): Promise<unknown> {
    const record = { eventName: 'MODIFY', dynamodb: { SequenceNumber: '1', NewImage: await cloud.itemOf(tenantId) } };
    return (await fn('on-tenant-changed')).invoke({ Records: [record] });
  }

  return {
    ...{ written, policies, ecs, open, fn, request, reach, put, announce, onCall: guard.onCall },
    announced: cloud.announced,
    refused: () => guard.calls.filter(({ refusal }) => refusal),
    actionsOf(operation: string): string[] {
      return [...new Set(guard.calls.filter(({ by }) => by === operation).map(({ action }) => action))].sort();
    },
    async close() {
      await cloud.close();
      await Promise.all([guard.close(), ecs.close(), logs.close()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The message of a request event. */
export function requested(verb: string, data: unknown) {
  return envelope({ 'detail-type': `Tenant ${verb} Requested`, detail: { data } });
}

/** Returns the tags of a service or of a task definition. */
function tagsOf(ecs: FakeEcs, arn: string): ReadonlyMap<string, string> {
  const definitions = [...ecs.state.families.values()].flat();
  const definition = definitions.find((each) => each.definition.taskDefinitionArn === arn);
  return ecs.state.services.get(arn)?.tags ?? definition?.tags ?? new Map();
}
