import { existsSync } from 'node:fs';
import type { Config } from '../../functions/runtime/setup/config.ts';

const SOCKET = '/var/run/docker.sock';
/** An engine on this machine responds in milliseconds; the start does not wait for one that hangs. */
const PING_TIMEOUT_MS = 500;

type Choice = Pick<Config, 'providers' | 'areProvidersChosen' | 'dockerHost'>;

/** Returns the configured providers; without a configuration, adds Docker if an engine responds. Never rejects. */
export async function findProviders(
  { providers, areProvidersChosen, dockerHost }: Choice,
  socket = SOCKET,
): Promise<Config['providers']> {
  // Loads the client only where an engine may be.
  if (areProvidersChosen || (dockerHost === undefined && !existsSync(socket))) return providers;
  return (await isEngineUp()) ? { ...providers, docker: { type: 'docker', defaults: {} } } : providers;
}

async function isEngineUp(): Promise<boolean> {
  try {
    const { default: Docker } = await import('dockerode');
    await new Docker({ timeout: PING_TIMEOUT_MS }).ping();
    return true;
  } catch {
    return false;
  }
}
