import { ContainerNotRunningError, ProviderFailedError, TenantStoppedError } from '../../../compute/errors.ts';
import { type ExecProgram, type ExecRequest, execContainer, programNotFound } from '../../../compute/exec/exec.ts';
import { configOf, type ProviderContext } from '../provider-context.ts';
import { isEnding, type TenantRecord } from '../records/record.ts';
import { executionOf } from '../supervise/container.ts';
import { isAlive } from '../supervise/spawn.ts';
import { enterCgroup } from '../traces/cgroups.ts';
import type { Start } from './connection.ts';
import { findProgram } from './find-program.ts';
import { hostMark, SESSION_MARK } from './leftovers.ts';
import { startWithPipes } from './pipes.ts';
import { openSession } from './session.ts';
import { startInTerminal } from './terminal.ts';

/** Starts a program beside a container's process: with its environment, folder, marks and cgroup. See `Provider.exec`. */
export async function exec(context: ProviderContext, record: TenantRecord, request: ExecRequest): Promise<ExecProgram> {
  const { tenant_id, spec, installation, incarnation } = record;
  if (record.phase === 'stopped') throw new TenantStoppedError(tenant_id, { hint: 'Start the tenant first.' });
  const container = execContainer(spec, request.container);
  const instance = record.instances.find((one) => one.container === container);
  const run = instance?.run;
  if (!instance || !run || isEnding(record) || !(await isAlive(run))) {
    throw new ContainerNotRunningError(`container ${container} of tenant ${tenant_id}`);
  }
  const origin = { ...(installation && { installation }), ...(incarnation && { incarnation }) };
  const config = configOf(context, spec);
  const { env, cwd, problems } = await executionOf(context, { instance, spec, config, origin });
  if (problems.length > 0) throw new ProviderFailedError(problems.join('; '));
  const [program = '', ...args] = request.command;
  const file = findProgram(program, { cwd, path: env.PATH });
  if (file === undefined) throw programNotFound(program, container);
  const { columns, rows } = request;
  const terminal = request.tty ? { TERM: 'xterm-256color' } : {};
  const marked = { ...terminal, ...env, [SESSION_MARK]: await hostMark() };
  const start: Start = { argv: [program, ...args], env: marked, cwd, columns, rows };
  const connection = await (request.tty ? startInTerminal(start) : startWithPipes(start));
  if (run.cgroup !== undefined) enterCgroup(run.cgroup, connection.pid);
  return openSession(connection, { container, run });
}
