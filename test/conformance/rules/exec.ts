import { expect } from 'vitest';
import {
  ContainerNotRunningError,
  InvalidRequestError,
  TenantNotFoundError,
  TenantStoppedError,
  UnsupportedError,
} from '../../../src/compute/errors.ts';
import type { ExecProgram, ExecRequest } from '../../../src/compute/exec/exec.ts';
import type { Provider } from '../../../src/compute/provider.ts';
import { refusal, thrownBy } from '../expectations.ts';
import type { ExecHarness } from '../harness.ts';
import type { Rule, Trial } from '../trial.ts';

/** More than any buffer between a caller and a program holds. */
const LONG = Buffer.alloc(1024 * 1024, 'some bytes, \0 and \xff among them\n', 'latin1');

/** Rules about programs in containers. A provider without the capability `exec` keeps them by refusing. */
export const execRules: readonly Rule[] = [
  {
    rule: 'exec is available exactly if the capabilities say so, and only in containers that run',
    async run(trial) {
      const provider = await trial.fresh();
      const { exec, stop } = await trial.capabilities();
      if (!exec) {
        const refused = provider.exec?.(trial.tenant(), { command: ['true'], tty: false });
        if (refused) await refusal(refused, UnsupportedError);
        return;
      }
      const { lasts } = harnessOf(trial);
      await refusal(start(provider, trial.tenant(), { command: lasts, tty: false }), TenantNotFoundError);
      const spec = trial.spec(trial.tenant());
      await trial.up(provider, spec);
      const elsewhere = { command: lasts, tty: false, container: 'no-such-container' };
      const { message } = await refusal(start(provider, spec.tenant_id, elsewhere), InvalidRequestError);
      for (const { name } of spec.containers) expect(message, 'the names that there are').toContain(name);
      for (const { name } of spec.containers) {
        const request = { command: lasts, tty: false, container: name };
        const session = await start(provider, spec.tenant_id, request);
        expect(session.container, 'the container of the session').toBe(name);
        if (session.kind === 'program') await end(trial, session);
      }
      if (!stop) return;
      await provider.stop?.(spec.tenant_id);
      await trial.until(
        'it is stopped',
        async () => (await provider.getStatus(spec.tenant_id)).state === 'stopped' || undefined,
      );
      const error = await thrownBy(start(provider, spec.tenant_id, { command: lasts, tty: false }));
      const isRight = error instanceof TenantStoppedError || error instanceof ContainerNotRunningError;
      expect(isRight, `of a stopped tenant: ${error}`).toBe(true);
    },
  },
  {
    rule: 'a program gets what its caller sends, and its output and its exit code reach the caller',
    run: (trial) =>
      withPrograms(trial, async (provider, tenantId, { copies }) => {
        const session = await program(provider, tenantId, copies);
        const read = readAll(session);
        await session.write(LONG);
        session.endInput();
        const output = await trial.within(read, 'the output of a program');
        expect(output.equals(LONG), 'the output is the input').toBe(true);
        expect(await trial.within(session.ended, 'the end of a program')).toEqual({ exit_code: 7 });
      }),
  },
  {
    rule: 'several sessions of one container are apart, and a program that is not read waits',
    run: (trial) =>
      withPrograms(trial, async (provider, tenantId, { copies }) => {
        const [one, other] = [await program(provider, tenantId, copies), await program(provider, tenantId, copies)];
        const long = one.write(LONG).then(() => one.endInput()); // it is not read yet
        await other.write(Buffer.from('other'));
        other.endInput();
        const text = await trial.within(readAll(other), 'the output of the other program');
        expect(text.toString()).toBe('other');
        expect((await trial.within(readAll(one), 'the output of the first program')).length).toBe(LONG.length);
        await long;
      }),
  },
  {
    rule: 'a session that is hung up ends its program, and one ends with its tenant',
    run: (trial) =>
      withPrograms(trial, async (provider, tenantId, { lasts }) => {
        const before = await trial.inventory();
        const session = await program(provider, tenantId, lasts);
        expect(await end(trial, session), 'the end of a session that was hung up').toHaveProperty('reason');
        expect(await trial.inventory(), 'what is left of the session').toEqual(before);
        const last = await program(provider, tenantId, lasts);
        const read = readAll(last);
        await provider.destroy(tenantId);
        await trial.within(last.ended, 'the end of a session whose tenant was destroyed');
        await read;
        expect(await trial.inventory()).toEqual([]);
      }),
  },
];

function harnessOf({ harness }: Trial): ExecHarness {
  expect(harness.exec, 'the harness has commands for the capability `exec`').toBeDefined();
  return harness.exec as ExecHarness;
}

/** Runs a rule on a running tenant, if the provider carries sessions itself. */
async function withPrograms(
  trial: Trial,
  run: (provider: Provider, tenantId: string, harness: ExecHarness) => Promise<void>,
): Promise<void> {
  if (!(await trial.capabilities()).exec || harnessOf(trial).isRemote) return;
  const { provider, tenantId } = await trial.started();
  await run(provider, tenantId, harnessOf(trial));
}

async function start(provider: Provider, tenantId: string, request: ExecRequest) {
  expect(provider.exec, 'exec is a method').toBeDefined();
  const session = await provider.exec?.(tenantId, request);
  if (!session) throw new Error('exec returned nothing');
  return session;
}

async function program(provider: Provider, tenantId: string, command: readonly string[]): Promise<ExecProgram> {
  const session = await start(provider, tenantId, { command, tty: false });
  expect(session.kind).toBe('program');
  return session as ExecProgram;
}

async function readAll({ output }: ExecProgram): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const { bytes } of output) parts.push(bytes);
  return Buffer.concat(parts);
}

/** Hangs a session up, and returns how it ended. */
async function end(trial: Trial, session: ExecProgram) {
  const read = readAll(session);
  session.hangUp();
  const ended = await trial.within(session.ended, 'the end of a session');
  await read;
  return ended;
}
