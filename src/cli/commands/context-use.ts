import type { Invocation } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { readContexts, writeContexts } from '../contexts.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, { args: [name = ''] }: Invocation): Promise<number> {
  const { configFile } = session.host.environment;
  const { contexts } = await readContexts(configFile);
  const context = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (!context)
    throw new CommandError(`context ${JSON.stringify(name)} does not exist`, 'berth context list shows all contexts.');
  await writeContexts(configFile, { current: name, contexts });
  session.terminal.note(`${name} (${context.endpoint}) is now the current context.`);
  return exitCodes.done;
}
