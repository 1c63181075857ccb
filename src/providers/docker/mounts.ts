import { type Issue, toPointer } from '../../compute/errors.ts';
import type { DockerConfig, Mount } from './config.ts';

/** Sockets of container engines. Access to one of them is as good as root on the host. */
const ENGINE_SOCKET = /(?:^|\/)(?:docker|podman|containerd|crio|buildkitd)[^/]*\.sock$/;
const SOCKET_FOLDERS = ['/run', '/var/run', '/run/docker', '/run/podman', '/run/containerd', '/var/run/docker'];

/** Replaces `{tenant_id}` in the source of a mount. */
export function expandMount(source: string, tenantId: string): string {
  return source.replaceAll('{tenant_id}', tenantId);
}

/**
 * Returns the issues of the mounts that a tenant requests. A source must equal a folder of the allow-list; a subfolder is
 * refused. A tenant that can write to the folder could place a symbolic link in it, and the engine follows links.
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
    if (exposesEngine(source, endpoint)) {
      return at('source', "the engine's socket must not be mounted: it gives control over the host");
    }
    const allowed = allowed_mounts.filter((entry) => expandMount(entry.source, tenantId) === source);
    if (allowed.length === 0) {
      return at('source', 'source is not in allowed_mounts, the folders that the operator permits');
    }
    if (!read_only && allowed.every((entry) => entry.read_only)) {
      return at('read_only', 'read_only must be true: the operator permits this folder for reading only');
    }
    return [];
  });
}

/** Returns true for the socket of an engine, and for the folders that contain it. */
function exposesEngine(source: string, endpoint: string | undefined): boolean {
  if (ENGINE_SOCKET.test(source) || SOCKET_FOLDERS.includes(source)) return true;
  const socket = endpoint?.startsWith('unix://') ? endpoint.slice('unix://'.length) : '/var/run/docker.sock';
  return socket === source || socket.startsWith(`${source}/`);
}
