import Docker from 'dockerode';
import type { LoadClient } from '../../../../src/providers/docker/engine/engine.ts';

/**
 * Loads a client that simulates a process killed at its request number `diesAt`. That request takes effect or not, its
 * result is lost, and all later requests fail.
 */
export function mortalClient(diesAt: number, takesEffect: boolean): LoadClient {
  const docker = new Docker();
  const dial = docker.modem.dial.bind(docker.modem);
  let requests = 0;
  const mortal: typeof docker.modem.dial = (options, callback) => {
    requests += 1;
    const killed = () => callback?.(new Error('killed'), null);
    if (requests < diesAt) dial(options, callback);
    else if (requests === diesAt && takesEffect) dial(options, killed);
    else killed();
  };
  docker.modem.dial = mortal;
  return async () => docker;
}
