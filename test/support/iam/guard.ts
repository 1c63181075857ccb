import { request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { openLoopback } from '../loopback.ts';
import { type Account, type IamRequest, requestsOf, type Service } from './requests.ts';
import { decide, type PolicyDocument } from './simulate.ts';

/** A call that passed the guard, or was refused by it. */
export interface GuardedCall {
  /** The function that made it. */
  by: string;
  action: string;
  refusal?: string;
}

export interface GuardOptions {
  policies: ReadonlyMap<string, PolicyDocument>;
  /** `HOST:PORT` of each service. */
  services: Readonly<Record<Service, string>>;
  account: Account;
}

/** https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
const targets: Readonly<Record<string, Service>> = {
  DynamoDB_20120810: 'dynamodb',
  AmazonEC2ContainerServiceV20141113: 'ecs',
  AWSEvents: 'events',
  Logs_20140328: 'logs',
};

/**
 * Stands in front of the services as IAM does: a call passes if the policy of the function that signed it allows every
 * request that it makes. The access key id of a function is its name.
 */
export async function openGuard({ policies, services, account }: GuardOptions) {
  const calls: GuardedCall[] = [];
  let hook: ((call: { by: string; action: string }) => Promise<void>) | undefined;

  async function refusalOf(by: string, requests: readonly IamRequest[]): Promise<string | undefined> {
    const policy = policies.get(by);
    if (!policy) return `no role is called ${by}`;
    for (const each of requests) {
      const decision = await decide(policy, each, account.id);
      if (decision !== 'Allowed') return `${each.action} on ${each.resource}: ${decision}`;
    }
    return undefined;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const [prefix = '', operation = ''] = String(request.headers['x-amz-target']).split('.');
    const service = targets[prefix];
    if (!service) throw new Error(`no service is called ${prefix}`);
    const [, by = ''] = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
    const action = `${service}:${operation}`;
    const refusal = await refusalOf(
      by,
      requestsOf({ service, operation, input: JSON.parse(body.toString()) }, account),
    );
    calls.push({ by, action, ...(refusal && { refusal }) });
    await hook?.({ by, action });
    if (refusal) {
      const error = { __type: 'AccessDeniedException', message: `${by} is not authorized: ${refusal}` };
      return void response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(error));
    }
    const [hostname, port] = services[service].split(':');
    const { method, url: path, headers } = request;
    const passed = forward({ hostname, port, method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy()).end(body);
  }

  const loopback = await openLoopback((request, response) => {
    serve(request, response).catch((error: unknown) => {
      calls.push({ by: 'guard', action: 'error', refusal: String(error) });
      response.destroy();
    });
  });
  return {
    ...loopback,
    calls,
    /** Calls this after each decision, before the call goes on. */
    onCall(next: typeof hook) {
      hook = next;
    },
  };
}
