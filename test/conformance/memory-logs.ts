import * as z from 'zod';
import { firstWithin, fitText, lastWithin, readCursor, shareOf, writeCursor } from '../../src/compute/log-page.ts';
import type { Provider } from '../../src/compute/provider.ts';
import { hiddenInLogs, redactor } from '../../src/compute/spec/redact.ts';
import type { MemoryBackend } from '../../src/providers/memory/backend.ts';
import { observe, resourceName } from '../../src/providers/memory/mapping.ts';

/** The lines that containers of the memory provider are said to have written. */
export interface Journal {
  entries: { tenantId: string; container: string; text: string }[];
}

const Cursor = z.strictObject({ memory: z.int().min(0) });

/** Adds logs to the memory provider, so that an honest provider exists for the rules about logs. */
export function withLogs(honest: Provider, backend: MemoryBackend, { entries }: Journal): Provider {
  return {
    name: honest.name,
    capabilities: { ...honest.capabilities, logs: true },
    configSchema: honest.configSchema,
    configDefaults: honest.configDefaults,
    provision: (spec, call) => honest.provision(spec, call),
    update: (tenantId, spec, call) => honest.update(tenantId, spec, call),
    destroy: (tenantId, call) => honest.destroy(tenantId, call),
    getStatus: (tenantId, call) => honest.getStatus(tenantId, call),
    validate: (spec, call) => honest.validate(spec, call),
    list: (call) => honest.list(call),
    ...(honest.listAfter && { listAfter: honest.listAfter.bind(honest) }),
    async logs(tenantId, query = {}) {
      await honest.getStatus(tenantId);
      const place = query.cursor === undefined ? undefined : readCursor(query.cursor, Cursor).memory;
      const { serving } = observe(backend.records.get(resourceName(honest.name, tenantId)), Date.now());
      const hide = redactor(serving?.containers.flatMap(({ env }) => hiddenInLogs(env)) ?? []);
      const lines = entries
        .map(({ text, ...entry }, index) => ({ ...entry, text: fitText(hide(text)), end: index + 1 }))
        .filter((entry) => entry.tenantId === tenantId && entry.end > (place ?? 0))
        .filter(({ container }) => query.container === undefined || container === query.container);
      const share = shareOf(query, 1);
      const chosen = place === undefined ? lastWithin(lines, share) : firstWithin(lines, share);
      return {
        lines: chosen.map(({ container, text }) => ({ container, text })),
        next_cursor: writeCursor({ memory: chosen.at(-1)?.end ?? place ?? lines.at(-1)?.end ?? 0 }),
      };
    },
  };
}
