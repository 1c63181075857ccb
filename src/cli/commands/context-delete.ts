import type { Invocation } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { readContexts, writeContexts } from '../contexts.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, { args: [name = ''] }: Invocation): Promise<number> {
  const { configFile } = session.host.environment;
  const { contexts, current } = await readContexts(configFile);
  if (!Object.hasOwn(contexts, name)) {
    throw new CommandError(`context ${JSON.stringify(name)} does not exist`, 'berth context list shows all contexts.');
  }
  const { [name]: _, ...others } = contexts;
  await writeContexts(configFile, { contexts: others, ...(current !== undefined && current !== name && { current }) });
  session.terminal.note(`Deleted context ${name}.`);
  return exitCodes.done;
}
