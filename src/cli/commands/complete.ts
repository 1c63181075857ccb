import type { Candidates, Invocation } from '../command.ts';
import { findCompletions } from '../completions.ts';
import { readContexts } from '../contexts.ts';
import { exitCodes } from '../exit-codes.ts';
import { outputFormats, type Session } from '../session.ts';

/** Whoever presses a key does not wait for long. */
const PATIENCE_MS = 1500;
const MOST = 100;

const phases = ['provisioning', 'ready', 'updating', 'destroying', 'destroyed', 'failed'];

export async function run(session: Session, { args }: Invocation): Promise<number> {
  const [last = ''] = args.slice(-1);
  const { words, lookUp } = findCompletions(args);
  // A key that was pressed must never print an error.
  const found = lookUp ? await lookUpWords(session, lookUp).catch(() => []) : words;
  for (const word of found) if (word.startsWith(last) || word === ':files') session.terminal.print(word);
  return exitCodes.done;
}

async function lookUpWords(session: Session, what: Candidates): Promise<string[]> {
  if (what === 'files') return [':files'];
  if (what === 'shells') return ['bash', 'zsh', 'fish'];
  if (what === 'formats') return [...outputFormats];
  if (what === 'phases') return phases;
  if (what === 'contexts') return Object.keys((await readContexts(session.host.environment.configFile)).contexts);
  const client = await session.connect();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  if (what === 'providers') return (await client.listProviders({ signal })).data.providers;
  return (await client.listTenants({ limit: MOST, signal })).data.tenants.map(({ tenant_id }) => tenant_id);
}
