import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

export interface RegistryOptions {
  /** The only user with access. Default: anyone has access. */
  user?: { name: string; password: string };
  /** Refuses every request as over the rate limit. */
  isBusy?: boolean;
}

/** Starts a read-only registry (Distribution API) with one image, `app:1`, that contains a file and no program. */
export async function startRegistry(options: RegistryOptions = {}): Promise<{ host: string; close(): Promise<void> }> {
  const layer = execFileSync('tar', ['-c', '--owner=0', '--group=0', '-C', '/etc', 'hostname'], { encoding: 'buffer' });
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] };
  const blobs = [
    gzipSync(layer),
    Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs })),
  ];
  const [zipped = Buffer.alloc(0), config = Buffer.alloc(0)] = blobs;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: describe('application/vnd.docker.container.image.v1+json', config),
      layers: [describe('application/vnd.docker.image.rootfs.diff.tar.gzip', zipped)],
    }),
  );
  const paths = new Map([
    ['/v2/', Buffer.from('{}')],
    ['/v2/app/manifests/1', manifest],
    [`/v2/app/manifests/${digestOf(manifest)}`, manifest],
    ...blobs.map((blob): [string, Buffer] => [`/v2/app/blobs/${digestOf(blob)}`, blob]),
  ]);
  const server = createServer((request, response) => handle(request, response, paths, options));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

function handle(
  { url = '', headers, method }: IncomingMessage,
  response: ServerResponse,
  paths: ReadonlyMap<string, Buffer>,
  { user, isBusy }: RegistryOptions,
): void {
  const wanted = user && `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
  const content = paths.get(url);
  if (isBusy) refuse(response, 429, 'TOOMANYREQUESTS', 'toomanyrequests: slow down');
  else if (wanted && headers.authorization !== wanted) {
    response.setHeader('www-authenticate', 'Basic realm="test"');
    refuse(response, 401, 'UNAUTHORIZED', 'authentication required');
  } else if (!content) refuse(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  else {
    response.setHeader('content-type', url.includes('/manifests/') ? MANIFEST : 'application/octet-stream');
    response.setHeader('docker-content-digest', digestOf(content));
    response.setHeader('content-length', content.length);
    response.end(method === 'HEAD' ? undefined : content);
  }
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

function describe(mediaType: string, content: Buffer) {
  return { mediaType, size: content.length, digest: digestOf(content) };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
