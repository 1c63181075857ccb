import type { Invocation } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { readContexts, writeContexts } from '../contexts.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';

export async function run(session: Session, { args: [name = ''] }: Invocation): Promise<number> {
  const { configFile } = session.host.environment;
  const { contexts, current } = await readContexts(configFile);
  if (!Object.hasOwn(contexts, name)) {
    throw new CommandError(`there is no context ${JSON.stringify(name)}`, 'berth context list shows what there is.');
  }
  const { [name]: _, ...others } = contexts;
  await writeContexts(configFile, { contexts: others, ...(current !== undefined && current !== name && { current }) });
  session.terminal.note(`${name} is forgotten.`);
  return exitCodes.done;
}
