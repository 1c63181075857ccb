import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Agenda } from '../agenda.ts';
import { isRest, parseRest, toRestError } from '../fake-efs/rest-protocol.ts';
import { openLoopback } from '../loopback.ts';
import type { BalancerOption, BalancingState } from './balancing-operations.ts';
import { purgeDefinitions } from './definition-operations.ts';
import { EcsError } from './ecs-error.ts';
import { type EcsState, fargateTiming, type Timing } from './ecs-state.ts';
import type { GatewayRecord } from './gateway-operations.ts';
import { groupOf, type OperationName, operations, type ThrottleGroup } from './operations.ts';
import { parseQuery, toXml, toXmlError } from './query-protocol.ts';
import { advance } from './scheduler.ts';
import { Tasks } from './tasks.ts';
import { type Rate, TokenBucket } from './token-bucket.ts';

/** ECS and Application Auto Scaling. Their operations have different names, so one table holds them all. */
const TARGET = /^(?:AmazonEC2ContainerServiceV20141113|AnyScaleFrontendService)\./;

const XML = { 'content-type': 'text/xml' };

/** A failure of a call: refused, the connection cut before or after its effect, no response, or an empty response. */
export type Fault =
  | { kind: 'refuse'; type: string; message: string; status?: number }
  | { kind: 'cut before' }
  | { kind: 'cut after' }
  | { kind: 'hang' }
  | { kind: 'garbage' };

export interface FakeEcsOptions {
  /** Milliseconds since 1970. Default: `Date.now`. */
  now?: () => number;
  timing?: Partial<Timing>;
  /** Limits by group of operations, and of task launches. Default: none. */
  rates?: Partial<Record<ThrottleGroup | 'launches', Rate>>;
  clusters?: readonly string[];
  subnets?: readonly string[];
  securityGroups?: readonly string[];
  roles?: readonly string[];
  namespaces?: readonly string[];
  targetGroups?: readonly string[];
  gateways?: readonly GatewayRecord[];
  /** Load balancers of the operator. */
  balancers?: readonly BalancerOption[];
  /** Ids of file systems of the operator. */
  fileSystems?: readonly string[];
  limits?: Partial<BalancingState['limits'] & { accessPoints: number }>;
  /** The VPC of every subnet. Default: that of the load balancers. */
  vpc?: string;
  /** Beside FARGATE and FARGATE_SPOT. */
  capacityProviders?: readonly string[];
}

/** A received call. */
export interface RecordedCall {
  operation: string;
  input: Record<string, unknown>;
  /** Type of the error, if it was refused. */
  refused?: string;
}

/** A fake ECS on a local port, with access to its state. */
export interface FakeEcs {
  url: string;
  state: EcsState;
  calls: RecordedCall[];
  /** Makes the next `times` calls of an operation fail. Default: one. */
  fail(operation: OperationName, fault: Fault, times?: number): void;
  /** Calls an operation directly, without the wire, faults and throttling. */
  call(operation: OperationName, input: object): Record<string, unknown>;
  close(): Promise<void>;
}

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

/** Starts a fake that speaks AWS JSON 1.1 with the real SDK. README.md lists its behaviour with sources. */
export async function startFakeEcs(options: FakeEcsOptions = {}): Promise<FakeEcs> {
  const now = options.now ?? Date.now;
  const state = makeState(options, now);
  const buckets = new Map(
    Object.entries(options.rates ?? {}).map(([group, rate]) => [group, new TokenBucket(rate, now)] as const),
  );
  const faults: { operation: string; fault: Fault; times: number }[] = [];
  const calls: RecordedCall[] = [];

  const perform = (operation: string, input: Record<string, unknown>): object => {
    advance(state);
    const answer = operations[operation]?.(state, input);
    purgeDefinitions(state);
    if (answer === undefined) throw new EcsError('UnknownOperationException', `no operation ${operation}`);
    return answer;
  };
  const throttle = (operation: string) => {
    if (buckets.get(groupOf(operation))?.take() === false) throw new EcsError('ThrottlingException', 'Rate exceeded');
  };
  const takeFault = (operation: string): Fault | undefined => {
    const found = faults.find((one) => one.operation === operation && one.times > 0);
    if (found) found.times -= 1;
    return found?.fault;
  };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '', method } = request;
    const isQuery = request.headers['x-amz-target'] === undefined && !isRest(url);
    const { operation, input } = isRest(url)
      ? parseRest(method, url, await text(request))
      : isQuery
        ? parseQuery(await text(request))
        : await parseJson(request);
    const call: RecordedCall = { operation, input };
    calls.push(call);
    const fault = takeFault(operation);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'cut before') return void response.destroy();
    try {
      if (!/^AWS4-HMAC-SHA256 /.test(request.headers.authorization ?? '')) {
        throw new EcsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
      }
      if (fault?.kind === 'refuse') throw new EcsError(fault.type, fault.message, fault.status);
      throttle(operation);
      const result = perform(operation, input);
      if (fault?.kind === 'cut after') return void response.destroy();
      const sent = isQuery ? toXml(operation, result) : toWire(result);
      send(response, 200, fault?.kind === 'garbage' ? '{}' : sent, isQuery ? XML : {});
    } catch (error) {
      if (!(error instanceof EcsError)) throw error;
      call.refused = error.type;
      if (isQuery) return send(response, error.status, toXmlError(error), XML);
      const body = isRest(url) ? toRestError(error) : JSON.stringify({ __type: error.type, message: error.message });
      send(response, error.status, body, { 'x-amzn-errortype': error.type });
    }
  }

  const { address, close } = await openLoopback((request, response) => {
    void respond(request, response).catch(() => response.destroy());
  });
  return {
    url: `http://${address}`,
    state,
    calls,
    fail: (operation, fault, times = 1) => faults.push({ operation, fault, times }),
    call: (operation, input) =>
      perform(operation, structuredClone(input) as Record<string, unknown>) as Record<string, unknown>,
    close,
  };
}

async function parseJson(request: IncomingMessage): Promise<{ operation: string; input: Record<string, unknown> }> {
  const operation = String(request.headers['x-amz-target']).replace(TARGET, '');
  return { operation, input: JSON.parse((await text(request)) || '{}') as Record<string, unknown> };
}

function makeState(options: FakeEcsOptions, now: () => number): EcsState {
  const { launches } = options.rates ?? {};
  const state: EcsState = {
    account: ACCOUNT,
    region: REGION,
    at: now(),
    now,
    timing: { ...fargateTiming, ...options.timing },
    clusters: new Set(options.clusters ?? ['tenants']),
    subnets: new Set(options.subnets ?? ['subnet-0aaaaaaa', 'subnet-0bbbbbbb']),
    securityGroups: new Set(options.securityGroups ?? ['sg-0aaaaaaa', 'sg-0bbbbbbb']),
    roles: new Set(options.roles ?? []),
    namespaces: new Set(options.namespaces ?? []),
    targetGroups: new Set(options.targetGroups ?? []),
    gateways: new Map((options.gateways ?? []).map((one) => [one.arn, one])),
    routes: new Map(),
    vpc: options.vpc ?? options.balancers?.[0]?.vpc ?? '',
    balancing: {
      balancers: options.balancers ?? [],
      groups: new Map(),
      rules: new Map(),
      limits: { rules: 100, groups: 3000, groupsOfBalancer: 100, ...options.limits },
      cuts: 0,
    },
    files: {
      fileSystems: new Set(options.fileSystems ?? []),
      points: new Map(),
      folders: new Map(),
      limit: options.limits?.accessPoints ?? 10_000,
    },
    capacityProviders: new Set(['FARGATE', 'FARGATE_SPOT', ...(options.capacityProviders ?? [])]),
    families: new Map(),
    deleting: new Set(),
    purged: new Set(),
    services: new Map(),
    revisions: new Map(),
    alarms: new Set(),
    broken: new Set(),
    targets: new Map(),
    tasks: new Tasks(),
    agenda: new Agenda(),
    tokens: new Map(),
    launches: undefined,
    counter: 0,
  };
  if (launches) state.launches = new TokenBucket(launches, () => state.at);
  return state;
}

/** Encodes times as numbers of seconds. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
function toWire(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key: string, inner: unknown) {
    const raw = this[key];
    return raw instanceof Date ? raw.getTime() / 1000 : inner;
  });
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers });
  response.end(body);
}
