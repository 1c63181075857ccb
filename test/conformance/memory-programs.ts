import { setTimeout as sleep } from 'node:timers/promises';
import { TenantStoppedError } from '../../src/compute/errors.ts';
import { type ExecEnd, type ExecOutput, type ExecProgram, execContainer } from '../../src/compute/exec/exec.ts';
import type { Provider } from '../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';

/** The programs that containers of the memory provider are said to have. */
export const memoryPrograms = { copies: ['copy'], lasts: ['last'] };

/** Adds sessions to the memory provider, so that an honest provider exists for the rules about them. */
export function withPrograms(
  honest: Provider,
  servingOf: (tenantId: string) => TenantComputeSpec | undefined,
): Provider {
  return {
    ...honest,
    capabilities: { ...honest.capabilities, exec: true },
    async exec(tenantId, { container: wanted, command: [program] }) {
      const { state } = await honest.getStatus(tenantId);
      if (state === 'stopped') throw new TenantStoppedError(tenantId);
      const container = execContainer(servingOf(tenantId) ?? { tenant_id: tenantId, containers: [] }, wanted);
      const isThere = async () => (await honest.getStatus(tenantId).catch(() => undefined))?.state === 'running';
      return openProgram(container, { isCopying: program === 'copy', isThere });
    },
  };
}

function openProgram(
  container: string,
  { isCopying, isThere }: { isCopying: boolean; isThere(): Promise<boolean> },
): ExecProgram {
  const parts: ExecOutput[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<ExecEnd>();
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  void (async () => {
    while (!isOver) {
      await sleep(5);
      if (!(await isThere())) resolve({ reason: 'the tenant has ended' });
    }
  })();
  return {
    kind: 'program',
    container,
    ended,
    output: (async function* read() {
      while (!isOver || parts.length > 0) {
        const part = parts.shift();
        if (part) yield part;
        else await sleep(1);
      }
    })(),
    async write(bytes) {
      if (isCopying) parts.push({ stream: 'stdout', bytes });
    },
    endInput() {
      if (isCopying) resolve({ exit_code: 7 });
    },
    resize: () => undefined,
    hangUp: () => resolve({ reason: 'it was hung up' }),
  };
}
