import type { Invocation } from '../command.ts';
import { terminalSize } from '../exec/terminal-size.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export async function run(session: Session, { args: [tenant = '', ...command], options }: Invocation): Promise<number> {
  if (command.length === 0) throw new UsageError('name a program after --, such as: berth exec acme -- sh');
  const { stdin, stdout } = session.host;
  const tty = options.tty === true && stdin.isTTY === true && stdout.isTTY === true;
  const client = await session.connect();
  const { container } = options;
  const request = { command, tty, ...(container !== undefined && { container }), ...(tty && terminalSize(stdout)) };
  const { data } = await client.execTenant(tenant, request, { signal: session.signal });
  if (data.kind === 'session_manager') {
    const { runPlugin } = await import('../exec/run-plugin.ts');
    return runPlugin(session, data);
  }
  const [{ carrySession }, stream] = await Promise.all([
    import('../exec/carry-session.ts'),
    client.sessionStream(data),
  ]);
  return carrySession(session, stream, { tty });
}
