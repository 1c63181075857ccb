import type { LogQuery, Provider } from '../../../src/compute/provider.ts';
import type { LogPage } from '../../../src/compute/results.ts';
import { type Saboteur, sharedSet } from './saboteur.ts';

export const logsSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'logs are available exactly if the capabilities say so, and only for existing tenants',
    sabotage: (honest) => ({ logs: (tenantId, query) => read(honest, tenantId, query).catch(() => ({ lines: [] })) }),
  },
  {
    breaks: 'logs return the newest lines of each container, oldest first, or those of one container',
    sabotage: (honest) => ({
      logs: (tenantId, { tail: _, ...query } = {}) => read(honest, tenantId, query),
    }),
  },
  {
    breaks: 'a cursor continues after its page in any instance, and returns each line once',
    sabotage: (honest) => ({
      logs: (tenantId, { cursor: _, ...query } = {}) => read(honest, tenantId, query),
    }),
  },
  {
    breaks: 'a cursor continues with the container that replaced the one it was issued for',
    sabotage: (honest, state) => ({
      update(tenantId, spec, call) {
        sharedSet(state, 'updated').add(tenantId);
        return honest.update(tenantId, spec, call);
      },
      async logs(tenantId, query = {}) {
        const { cursor: next_cursor } = query;
        const isStuck = next_cursor !== undefined && sharedSet(state, 'updated').has(tenantId);
        return isStuck ? { lines: [], next_cursor } : read(honest, tenantId, query);
      },
    }),
  },
  {
    breaks: 'a page of logs is bounded in bytes, and no line is lost or repeated between pages',
    sabotage: (honest) => ({
      async logs(tenantId, query) {
        const page = await read(honest, tenantId, query);
        return { ...page, lines: page.lines.slice(page.lines.length > 100 ? 1 : 0) };
      },
    }),
  },
  {
    breaks: 'a cursor that no page returned is refused with InvalidRequestError',
    sabotage: (honest) => ({
      logs: (tenantId, query) =>
        read(honest, tenantId, query).catch(() => read(honest, tenantId, { ...query, cursor: undefined })),
    }),
  },
  {
    breaks: 'logs hide env values and secrets that a container writes',
    sabotage: (honest, state) => ({
      provision(spec, call) {
        state.memo.set('value', spec.containers[0]?.env?.SECRET);
        return honest.provision(spec, call);
      },
      async logs(tenantId, query) {
        const page = await read(honest, tenantId, query);
        const reveal = (text: string) => text.replaceAll('[redacted]', String(state.memo.get('value')));
        return { ...page, lines: page.lines.map((line) => ({ ...line, text: reveal(line.text) })) };
      },
    }),
  },
];

async function read(honest: Provider, tenantId: string, query?: LogQuery): Promise<LogPage> {
  return (await honest.logs?.(tenantId, query)) ?? { lines: [] };
}
