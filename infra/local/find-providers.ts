import { existsSync } from 'node:fs';
import type { Config } from '../../functions/runtime/setup/config.ts';

const SOCKET = '/var/run/docker.sock';
/** An engine of this machine answers in milliseconds; one that hangs is not to be waited for. */
const ANSWERS_WITHIN_MS = 500;

type Choice = Pick<Config, 'providers' | 'areProvidersChosen' | 'dockerHost'>;

/** The providers of this host: those that were chosen; where none were, also Docker, if an engine answers. Never rejects. */
export async function findProviders(
  { providers, areProvidersChosen, dockerHost }: Choice,
  socket = SOCKET,
): Promise<Config['providers']> {
  // Without any place for an engine, its client is not even loaded.
  if (areProvidersChosen || (dockerHost === undefined && !existsSync(socket))) return providers;
  return (await answers()) ? { ...providers, docker: { type: 'docker', defaults: {} } } : providers;
}

async function answers(): Promise<boolean> {
  try {
    const { default: Docker } = await import('dockerode');
    await new Docker({ timeout: ANSWERS_WITHIN_MS }).ping();
    return true;
  } catch {
    return false;
  }
}
