import type { LogQuery, Provider } from '../../../src/compute/provider.ts';
import type { LogPage } from '../../../src/compute/results.ts';
import { type Saboteur, sharedSet } from './saboteur.ts';

export const logsSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'logs are there exactly where the capabilities say so, and only for tenants that are there',
    sabotage: (honest) => ({ logs: (tenantId, query) => read(honest, tenantId, query).catch(() => ({ lines: [] })) }),
  },
  {
    breaks: 'logs give the newest lines of each container, oldest first, and of one container where one is asked for',
    sabotage: (honest) => ({
      logs: (tenantId, { tail: _, ...query } = {}) => read(honest, tenantId, query),
    }),
  },
  {
    breaks: 'a cursor gives what came after its page, each line once, in whichever instance',
    sabotage: (honest) => ({
      logs: (tenantId, { cursor: _, ...query } = {}) => read(honest, tenantId, query),
    }),
  },
  {
    breaks: 'a cursor goes on with the container that replaced the one it was given for',
    sabotage: (honest, world) => ({
      update(tenantId, spec, call) {
        sharedSet(world, 'updated').add(tenantId);
        return honest.update(tenantId, spec, call);
      },
      async logs(tenantId, query = {}) {
        const { cursor: next_cursor } = query;
        const isStuck = next_cursor !== undefined && sharedSet(world, 'updated').has(tenantId);
        return isStuck ? { lines: [], next_cursor } : read(honest, tenantId, query);
      },
    }),
  },
  {
    breaks: 'a page of logs is bounded in bytes, and nothing is lost or doubled from page to page',
    sabotage: (honest) => ({
      async logs(tenantId, query) {
        const page = await read(honest, tenantId, query);
        return { ...page, lines: page.lines.slice(page.lines.length > 100 ? 1 : 0) };
      },
    }),
  },
  {
    breaks: 'a cursor that no page came with is refused with InvalidRequestError',
    sabotage: (honest) => ({
      logs: (tenantId, query) =>
        read(honest, tenantId, query).catch(() => read(honest, tenantId, { ...query, cursor: undefined })),
    }),
  },
  {
    breaks: 'no env value and no secret that a container writes is in its logs',
    sabotage: (honest, world) => ({
      provision(spec, call) {
        world.memo.set('value', spec.containers[0]?.env?.SECRET);
        return honest.provision(spec, call);
      },
      async logs(tenantId, query) {
        const page = await read(honest, tenantId, query);
        const reveal = (text: string) => text.replaceAll('[redacted]', String(world.memo.get('value')));
        return { ...page, lines: page.lines.map((line) => ({ ...line, text: reveal(line.text) })) };
      },
    }),
  },
];

async function read(honest: Provider, tenantId: string, query?: LogQuery): Promise<LogPage> {
  return (await honest.logs?.(tenantId, query)) ?? { lines: [] };
}
