import type { Task } from '@aws-sdk/client-ecs';
import { UnsupportedError } from '../../../compute/errors.ts';
import { inParallel } from '../../../compute/in-parallel.ts';
import {
  firstWithin,
  fitText,
  lastWithin,
  newestOfEach,
  PAGE_SOURCES,
  readCursor,
  shareOf,
  writeCursor,
} from '../../../compute/log-page.ts';
import type { LogQuery } from '../../../compute/provider.ts';
import type { LogPage } from '../../../compute/results.ts';
import { hashJson } from '../../../compute/spec/json.ts';
import { hiddenInLogs, redactor } from '../../../compute/spec/redact.ts';
import type { GetLogEvents } from '../api/client.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { OperatorSettings } from '../settings.ts';
import { timeOf } from '../status/observe.ts';
import { findRevision } from '../status/revisions.ts';
import { listTasks, type TenantService } from '../status/service.ts';
import type { LogCursor } from './log-cursor.ts';
import { eventsAfter, lastEvents } from './log-stream.ts';

/** Concurrent reads. CloudWatch Logs allows an account 25 calls a second. */
const CONCURRENCY = 10;

/** Returns the log group of all tenants. Throws `UnsupportedError` if the operator set none. */
export function logGroupOf({ log_group }: OperatorSettings, provider: string): string {
  if (log_group !== undefined) return log_group;
  throw new UnsupportedError(`provider ${provider} keeps no logs, because its settings name no log_group`, {
    hint:
      'The operator has to set log_group and execution_role_arn for this provider. ' +
      'A tenant writes to the log group from its next version on.',
  });
}

/**
 * Reads a page of what a tenant's newest tasks wrote. It includes stopped tasks, which ECS lists for about an hour.
 * The awslogs driver names a stream after its prefix, the container and the task.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
 */
export async function readLogPage(
  context: ProviderContext,
  found: TenantService,
  getLogEvents: GetLogEvents,
  query: LogQuery,
): Promise<LogPage> {
  const group = logGroupOf(context.settings, context.provider);
  const positions = query.cursor === undefined ? undefined : await positionsIn(query.cursor);
  const [running, stopped] = await Promise.all([
    listTasks(context, found, 'RUNNING'),
    listTasks(context, found, 'STOPPED'),
  ]);
  const tasks = [...running, ...stopped].toSorted((one, other) => timeOf(other.createdAt) - timeOf(one.createdAt));
  const streams = tasks
    .flatMap((task) => streamsOf(found.service.serviceName ?? '', task))
    .filter(({ container }) => query.container === undefined || container === query.container)
    .slice(0, PAGE_SOURCES);
  const share = shareOf(query, streams.length);
  const redact = redactor(await envValues(context, tasks));
  const logs = await inParallel(streams, CONCURRENCY, async ({ container, name }) => {
    const stream = { getLogEvents, group, name };
    const key = hashJson(name).slice(0, 12);
    const from = positions?.[key] ?? ([0, 0] as const);
    const events = positions ? await eventsAfter(stream, from, share.lines) : await lastEvents(stream, share.lines);
    const lines = events.map(({ time, message, position }) => ({
      container,
      time: new Date(time).toISOString(),
      text: fitText(redact(message)),
      position,
    }));
    const chosen = positions ? firstWithin(lines, share) : lastWithin(lines, share);
    return { key, lines: chosen, position: chosen.at(-1)?.position ?? lines.at(-1)?.position ?? from };
  });
  const lines = logs
    .flatMap((log) => log.lines)
    .sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
  const shown = positions ? lines : newestOfEach(lines, share.lines);
  return {
    lines: shown.map(({ container, time, text }) => ({ container, time, text })),
    next_cursor: writeCursor({ ecs: Object.fromEntries(logs.map(({ key, position }) => [key, position])) }),
  };
}

/** The schema of the cursor is loaded here, for pages after the first. */
async function positionsIn(cursor: string): Promise<LogCursor['ecs']> {
  const { LogCursor } = await import('./log-cursor.ts');
  return readCursor(cursor, LogCursor).ecs;
}

function streamsOf(prefix: string, { taskArn = '', containers = [] }: Task) {
  const task = taskArn.split('/').at(-1);
  return containers.flatMap(({ name }) => (name ? [{ container: name, name: `${prefix}/${name}/${task}` }] : []));
}

/** Returns the env values of the versions that wrote. Values of secrets are unknown here: ECS itself reads them. */
async function envValues(context: ProviderContext, tasks: readonly Task[]): Promise<string[]> {
  const arns = new Set(tasks.flatMap(({ taskDefinitionArn }) => taskDefinitionArn ?? []));
  const revisions = await Promise.all([...arns].map((arn) => findRevision(context, arn)));
  return revisions
    .flatMap((revision) => revision?.containers ?? [])
    .flatMap(({ environment = [] }) =>
      hiddenInLogs(Object.fromEntries(environment.map(({ name = '', value = '' }) => [name, value]))),
    );
}
