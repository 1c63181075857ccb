import { readFile } from 'node:fs/promises';
import type Docker from 'dockerode';
import { InvalidProviderError, messageOf } from '../../../compute/errors.ts';
import type { DockerConfig } from '../config.ts';
import type { DockerClient } from './engine.ts';

/** Creates the client of an endpoint. dockerode is loaded here: hosts without Docker tenants never load it. */
export async function openClient({ endpoint, tls }: Pick<DockerConfig, 'endpoint' | 'tls'>): Promise<DockerClient> {
  const { default: Client } = await import('dockerode');
  if (endpoint === undefined) return new Client();
  return new Client({ ...toAddress(endpoint, tls !== undefined), ...(await readTls(tls)) });
}

/** Sets every field explicitly: dockerode takes missing ones from DOCKER_HOST. */
function toAddress(endpoint: string, secure: boolean): Docker.DockerOptions {
  const url = new URL(endpoint);
  if (url.protocol === 'unix:') {
    return { socketPath: url.pathname, host: undefined, port: undefined, protocol: 'http' };
  }
  return { host: url.hostname, port: url.port, protocol: secure ? 'https' : 'http' };
}

async function readTls(tls: DockerConfig['tls']): Promise<Docker.DockerOptions> {
  if (!tls) return { ca: undefined, cert: undefined, key: undefined };
  try {
    const [ca, cert, key] = await Promise.all([tls.ca_file, tls.cert_file, tls.key_file].map((path) => readFile(path)));
    return { ca, cert, key };
  } catch (error) {
    const { code = messageOf(error) } = error as NodeJS.ErrnoException;
    throw new InvalidProviderError(`a file of the tls setting cannot be read (${code})`, {
      hint: 'Correct the tls setting of this provider, or let the user that Berth runs as read the files.',
    });
  }
}
