import { expect } from 'vitest';
import { InvalidRequestError, TenantNotFoundError, UnsupportedError } from '../../../src/compute/errors.ts';
import type { LogQuery, Provider } from '../../../src/compute/provider.ts';
import type { LogPage } from '../../../src/compute/results.ts';
import { refusal } from '../expectations.ts';
import type { Rule, Trial } from '../trial.ts';

const canary = 'canary-93ab5d0e77c1';
const MOST_BYTES = 1024 * 1024;
/** More lines than a page has, and long ones, so that a limit of lines alone would not bound its bytes. */
const MANY = Array.from({ length: 1500 }, (_, index) => `line ${index} ${'x'.repeat(600)}`);

/** Rules about logs. A provider without logs passes all of them. */
export const logsRules: readonly Rule[] = [
  {
    rule: 'logs are available exactly if the capabilities say so, and only for existing tenants',
    async run(trial) {
      const provider = await trial.fresh();
      const { logs } = await trial.capabilities();
      if (!logs) {
        if (provider.logs) await refusal(provider.logs(trial.tenant()), UnsupportedError);
        return;
      }
      expect(provider.logs, 'logs is a method').toBeDefined();
      await refusal(read(provider, trial.tenant()), TenantNotFoundError);
      const spec = trial.spec(trial.tenant());
      await trial.up(provider, spec);
      const names = spec.containers.map(({ name }) => name);
      for (const { container } of (await read(provider, spec.tenant_id)).lines) expect(names).toContain(container);
    },
  },
  {
    rule: 'logs return the newest lines of each container, oldest first, or those of one container',
    needs: ['write'],
    run: (trial) =>
      withLogs(trial, async (provider, tenantId, container) => {
        await write(trial, tenantId, container, ['first', 'second', 'third']);
        await trial.until('the last line is there', async () => {
          const { lines } = await read(provider, tenantId, { container, tail: 2 });
          expect(lines.length, 'lines with a tail of 2').toBeLessThanOrEqual(2);
          expect(lines.every((line) => line.container === container)).toBe(true);
          return lines.map(({ text }) => text).join() === 'second,third' || undefined;
        });
        expect((await read(provider, tenantId, { container, tail: 0 })).lines).toEqual([]);
      }),
  },
  {
    rule: 'a cursor continues after its page in any instance, and returns each line once',
    needs: ['write'],
    run: (trial) =>
      withLogs(trial, async (provider, tenantId, container) => {
        await write(trial, tenantId, container, ['before']);
        const { cursor } = await follow(trial, provider, tenantId, { container }, ['before']);
        await write(trial, tenantId, container, ['after', 'and after']);
        const other = await trial.fresh();
        const { cursor: end, texts } = await follow(trial, other, tenantId, { container, cursor }, ['and after']);
        expect(texts, 'after the cursor').toEqual(['after', 'and after']);
        const rest = await read(provider, tenantId, { container, cursor: end });
        expect(rest.lines, 'after the end').toEqual([]);
        expect(rest.next_cursor, 'a cursor at the end').toBeDefined();
      }),
  },
  {
    rule: 'a cursor continues with the container that replaced the one it was issued for',
    needs: ['write'],
    run: (trial) =>
      withLogs(trial, async (provider, tenantId, container) => {
        await write(trial, tenantId, container, ['of the old one']);
        const { cursor } = await follow(trial, provider, tenantId, { container }, ['of the old one']);
        await provider.update(tenantId, trial.spec(tenantId, 2));
        await trial.running(provider, tenantId);
        await write(trial, tenantId, container, ['of the new one']);
        const { texts } = await follow(trial, provider, tenantId, { container, cursor }, ['of the new one']);
        expect(texts, 'after the cursor').not.toContain('of the old one');
      }),
  },
  {
    rule: 'a page of logs is bounded in bytes, and no line is lost or repeated between pages',
    needs: ['write'],
    run: (trial) =>
      withLogs(trial, async (provider, tenantId, container) => {
        await write(trial, tenantId, container, ['begin']);
        const { cursor } = await follow(trial, provider, tenantId, { container }, ['begin']);
        await write(trial, tenantId, container, MANY);
        const { texts } = await follow(trial, provider, tenantId, { container, cursor }, MANY.slice(-1));
        expect(texts.filter((text) => text.startsWith('line '))).toEqual(MANY);
        const newest = await read(provider, tenantId, { container, tail: MANY.length });
        expect(Buffer.byteLength(JSON.stringify(newest)), 'bytes of a page').toBeLessThan(MOST_BYTES);
        expect(newest.lines.at(-1)?.text).toBe(MANY.at(-1));
      }),
  },
  {
    rule: 'a cursor that no page returned is refused with InvalidRequestError',
    async run(trial) {
      await withLogs(trial, async (provider, tenantId) => {
        const forged = Buffer.from('{"process":{"../../etc/passwd":-1},"docker":{"a":"x"},"ecs":1}').toString(
          'base64url',
        );
        for (const cursor of ['', 'junk', '%00', 'e30', 'bnVsbA', forged, 'é'.repeat(500)])
          await refusal(read(provider, tenantId, { cursor }), InvalidRequestError);
      });
    },
  },
  {
    rule: 'logs hide env values and secrets that a container writes',
    needs: ['write'],
    async run(trial) {
      const provider = await trial.fresh();
      if (!(await trial.capabilities()).logs) return;
      const spec = trial.spec(trial.tenant(), 1, { canary });
      const [{ name: container } = { name: '' }] = spec.containers;
      await trial.up(provider, spec);
      await write(trial, spec.tenant_id, container, [`the token is ${canary}!`, 'end']);
      const { texts } = await follow(trial, provider, spec.tenant_id, { container }, ['end']);
      expect(texts.join('\n').includes(canary), 'the logs contain a value').toBe(false);
    },
  },
];

/** Runs a rule on a running tenant, with the name of its first container. */
async function withLogs(
  trial: Trial,
  run: (provider: Provider, tenantId: string, container: string) => Promise<void>,
): Promise<void> {
  if (!(await trial.capabilities()).logs) return;
  const { provider, spec, tenantId } = await trial.started();
  await run(provider, tenantId, spec.containers[0]?.name ?? '');
}

async function read(provider: Provider, tenantId: string, query?: LogQuery): Promise<LogPage> {
  return (await provider.logs?.(tenantId, query)) ?? { lines: [] };
}

async function write({ harness }: Trial, tenantId: string, container: string, lines: readonly string[]): Promise<void> {
  await harness.write?.(tenantId, container, lines);
}

/** Reads page after page until the expected last line arrives. */
async function follow(
  trial: Trial,
  provider: Provider,
  tenantId: string,
  query: LogQuery,
  [last]: readonly string[],
): Promise<{ texts: string[]; cursor: string }> {
  const texts: string[] = [];
  let { cursor } = query;
  return trial.until(`the line ${last?.slice(0, 20)} is there`, async () => {
    const page = await read(provider, tenantId, { ...query, cursor });
    expect(Buffer.byteLength(JSON.stringify(page)), 'bytes of a page').toBeLessThan(MOST_BYTES);
    expect(page.next_cursor, 'a cursor').toBeDefined();
    texts.push(...page.lines.map(({ text }) => text));
    cursor = page.next_cursor;
    return texts.at(-1) === last && cursor !== undefined ? { texts, cursor } : undefined;
  });
}
