import type { Health, Phase } from '../../client/types.ts';
import type { Candidates, Invocation } from '../command.ts';
import { findCompletions } from '../completions.ts';
import { readContexts } from '../contexts.ts';
import { exitCodes } from '../exit-codes.ts';
import { outputFormats, type Session } from '../session.ts';

/** Longest time that a completion may take. Milliseconds. */
const TIMEOUT_MS = 1500;
const MOST = 100;

/** All phases of the interface; a missing one does not compile. */
const phases: Record<Phase, true> = {
  provisioning: true,
  ready: true,
  updating: true,
  stopping: true,
  stopped: true,
  starting: true,
  destroying: true,
  destroyed: true,
  failed: true,
};

/** All states of health, checked in the same way. */
const healths: Record<Health, true> = { healthy: true, unhealthy: true, unknown: true };

export async function run(session: Session, { args }: Invocation): Promise<number> {
  const [last = ''] = args.slice(-1);
  const { words, lookUp } = findCompletions(args);
  // Completion never prints an error.
  const found = lookUp ? await lookUpWords(session, lookUp).catch(() => []) : words;
  for (const word of found) if (word.startsWith(last) || word === ':files') session.terminal.print(word);
  return exitCodes.done;
}

async function lookUpWords(session: Session, what: Candidates): Promise<string[]> {
  if (what === 'files') return [':files'];
  if (what === 'shells') return ['bash', 'zsh', 'fish'];
  if (what === 'formats') return [...outputFormats];
  if (what === 'healths') return Object.keys(healths);
  if (what === 'phases') return Object.keys(phases);
  if (what === 'contexts') return Object.keys((await readContexts(session.host.environment.configFile)).contexts);
  const client = await session.connect();
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  if (what === 'providers') return (await client.listProviders({ signal })).data.providers;
  return (await client.listTenants({ limit: MOST, signal })).data.tenants.map(({ tenant_id }) => tenant_id);
}
