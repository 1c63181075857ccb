import { type Issue, toPointer } from '../../compute/errors.ts';
import type { DockerConfig, Mount } from './config.ts';

/** Where engines listen for whoever may command them. Who holds such a socket holds the machine. */
const ENGINE_SOCKET = /(?:^|\/)(?:docker|podman|containerd|crio|buildkitd)[^/]*\.sock$/;
const SOCKET_FOLDERS = ['/run', '/var/run', '/run/docker', '/run/podman', '/run/containerd', '/var/run/docker'];

/** The folder that a source stands for with one tenant. */
export function expandMount(source: string, tenantId: string): string {
  return source.replaceAll('{tenant_id}', tenantId);
}

/**
 * What is wrong with the mounts that a tenant asks for. A source has to be a folder of the allow-list, not one within it: in a
 * folder that a tenant may write to, it could make a link to anywhere, and the engine follows links.
 */
export function mountIssues(
  mounts: readonly Mount[],
  { allowed_mounts, endpoint }: Pick<DockerConfig, 'allowed_mounts' | 'endpoint'>,
  tenantId: string,
): Issue[] {
  return mounts.flatMap(({ source, read_only }, index) => {
    const at = (field: string, message: string) => [
      { pointer: toPointer(['provider_config', 'mounts', index, field]), message },
    ];
    if (reachesEngine(source, endpoint)) {
      return at('source', 'the engine’s socket must not be mounted: whoever has it commands the machine');
    }
    const allowed = allowed_mounts.filter((entry) => expandMount(entry.source, tenantId) === source);
    if (allowed.length === 0) {
      return at('source', 'source is not one of the folders that the operator allows to mount (allowed_mounts)');
    }
    if (!read_only && allowed.every((entry) => entry.read_only)) {
      return at('read_only', 'read_only must be true: the operator allows to mount this folder for reading only');
    }
    return [];
  });
}

/** Whether a path is the socket of an engine, or a folder that it lies in. */
function reachesEngine(source: string, endpoint: string | undefined): boolean {
  if (ENGINE_SOCKET.test(source) || SOCKET_FOLDERS.includes(source)) return true;
  const socket = endpoint?.startsWith('unix://') ? endpoint.slice('unix://'.length) : '/var/run/docker.sock';
  return socket === source || socket.startsWith(`${source}/`);
}
