import { resolve } from 'node:path';
import type { Invocation } from '../command.ts';
import { authorizationOf, checkContextName, readContexts, toEndpoint, writeContexts } from '../contexts.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export async function run(session: Session, { args: [given = ''], options }: Invocation): Promise<number> {
  const { configFile } = session.host.environment;
  const name = checkContextName(given);
  if (options.endpoint === undefined) throw new UsageError('--endpoint is required: it is the URL that gets the name');
  const endpoint = toEndpoint(options.endpoint, '--endpoint');
  const authorization = authorizationOf(
    {
      token_file: options.tokenFile === undefined ? undefined : resolve(options.tokenFile),
      profile: typeof options.profile === 'string' ? options.profile : undefined,
      region: options.region,
    },
    (problem) => new UsageError(problem),
  );
  const { contexts, current = name } = await readContexts(configFile);
  await writeContexts(configFile, { current, contexts: { ...contexts, [name]: { endpoint, ...authorization } } });
  session.terminal.note(
    `Context ${name} points to ${endpoint}${current === name ? ' and is the current context' : ''}.`,
  );
  return exitCodes.done;
}
