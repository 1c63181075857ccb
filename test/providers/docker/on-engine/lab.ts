import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import type { Logger } from '../../../../src/compute/logger.ts';
import type { Provider } from '../../../../src/compute/provider.ts';
import type { TenantComputeSpec } from '../../../../src/compute/spec/spec.ts';
import { validateComputeSpec } from '../../../../src/compute/spec/validate.ts';
import type { LoadClient } from '../../../../src/providers/docker/engine/engine.ts';
import { createDockerProvider } from '../../../../src/providers/docker/provider.ts';
import { openLoopback } from '../../../support/loopback.ts';

const CONTAINER = 'berth.container';
const OWN_IMAGE = 'berth-test/busybox:1';
const PUBLIC_IMAGE = 'busybox:1.37';

/** Serves a page that shows the version. */
const SERVE = 'mkdir -p /tmp/www; echo $VERSION > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www';
const IDLE = 'trap exit TERM; while :; do sleep 1000 & wait; done';

/** A test's share of an engine: all names in it start with a random prefix. */
export class Lab {
  readonly docker = new Docker();
  readonly prefix = `t${randomBytes(4).toString('hex')}`;
  /** The name of its providers. */
  readonly name = this.prefix;
  readonly image: string;
  readonly secretsDirectory: string;
  /** Log lines of all its providers. */
  readonly logged: string[] = [];
  readonly #providers: Provider[] = [];

  private constructor(image: string, secretsDirectory: string) {
    this.image = image;
    this.secretsDirectory = secretsDirectory;
  }

  static async open(): Promise<Lab> {
    const docker = new Docker();
    const isMade = await docker
      .getImage(OWN_IMAGE)
      .inspect()
      .catch(() => undefined);
    if (!isMade) await pull(docker, PUBLIC_IMAGE);
    const directory = await mkdtemp(join(tmpdir(), 'berth-docker-'));
    return new Lab(isMade ? OWN_IMAGE : PUBLIC_IMAGE, directory);
  }

  provider(
    defaults: Record<string, unknown> = {},
    options: { name?: string | undefined; client?: LoadClient } = {},
  ): Provider {
    const { name = this.name, client } = options;
    const fast = { settle_seconds: 0.05, stop_grace_seconds: 0, start_timeout_seconds: 60, ready_wait_seconds: 60 };
    const allowed_mounts = [{ source: this.#runsDirectory, read_only: false }];
    const own = { name_prefix: this.prefix, probe_image: this.image, secrets_directory: this.secretsDirectory };
    const provider = createDockerProvider({
      name,
      client,
      logger: this.#logger,
      defaults: { ...fast, ...own, allowed_mounts, ...defaults },
    });
    this.#providers.push(provider);
    return provider;
  }

  /** A valid specification with a server that shows its version, and an idle container. */
  spec(tenantId: string, version = 1, settings: Record<string, unknown> = {}): TenantComputeSpec {
    return this.specOf(tenantId, [this.server(version), this.idler()], settings);
  }

  specOf(tenant_id: string, containers: object[], provider_config: Record<string, unknown> = {}): TenantComputeSpec {
    const resources = { cpu: 256, memory: 256 };
    return validateComputeSpec({ tenant_id, provider_type: 'docker', containers, resources, provider_config });
  }

  server(version = 1, more: object = {}) {
    const ports = [{ container_port: 8080, name: 'http' }];
    const env = { VERSION: String(version) };
    return { name: 'web', image: this.image, command: ['sh', '-c', SERVE], env, ports, ...more };
  }

  idler(more: object = {}) {
    return { name: 'worker', image: this.image, command: ['sh', '-c', IDLE], ...more };
  }

  /** A container that runs a script. */
  container(script: string, more: object = {}) {
    return { name: 'web', image: this.image, command: ['sh', '-c', script], ...more };
  }

  /** Returns a folder of the engine's host, and a shell command that adds a line to a tenant's file in it, seen at /runs. */
  runsFile(tenantId: string): { source: string; line: string } {
    mkdirSync(this.#runsDirectory, { recursive: true });
    chmodSync(this.#runsDirectory, 0o777); // a container has no capabilities: it writes as anyone
    return { source: this.#runsDirectory, line: `echo run >> /runs/${tenantId}` };
  }

  /** Returns the lines of a tenant's file. */
  async runsOf(tenantId: string): Promise<string[]> {
    const text = await readFile(join(this.#runsDirectory, tenantId), 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean);
  }

  get #runsDirectory(): string {
    return join(this.secretsDirectory, 'runs');
  }

  writeSecret(key: string, value: string): void {
    writeFileSync(join(this.secretsDirectory, key), value, { mode: 0o600 });
  }

  /** Lists containers without the provider; likewise `networks` and `volumes`. */
  async containers(): Promise<Docker.ContainerInfo[]> {
    const all = await this.docker.listContainers({ all: true, filters: { name: [this.prefix] } });
    return all.filter(({ Names }) => Names.some((name) => name.startsWith(`/${this.prefix}_`)));
  }

  async networks(): Promise<Docker.NetworkInspectInfo[]> {
    const all = await this.docker.listNetworks({ filters: { name: [this.prefix] } });
    return all.filter(({ Name }) => Name.startsWith(`${this.prefix}_`));
  }

  async volumes(): Promise<Docker.VolumeInspectInfo[]> {
    const { Volumes } = await this.docker.listVolumes({ filters: { name: [this.prefix] } });
    return (Volumes ?? []).filter(({ Name }) => Name.startsWith(`${this.prefix}_`));
  }

  /** The names of all resources. The sequence number of a record is left out. */
  async inventory(): Promise<string[]> {
    const [containers, networks, volumes] = await Promise.all([this.containers(), this.networks(), this.volumes()]);
    return [
      ...containers.map(({ Names }) => `container ${Names[0]?.slice(1)}`),
      ...networks.map(({ Name }) => `network ${Name}`),
      ...volumes.map(({ Name, Labels }) =>
        Labels?.['berth.volume'] ? `volume ${Name}` : `record ${Name.replace(/_\d+$/, '')}`,
      ),
    ].sort();
  }

  /** Finds a container by its name in the specification; during a rollout the older one. */
  async find(tenantId: string, container: string): Promise<Docker.ContainerInfo | undefined> {
    const own = (await this.containers()).filter(
      ({ Labels, Names }) =>
        Labels['berth.tenant_id'] === tenantId && Labels[CONTAINER] === container && !Names[0]?.endsWith('_probe'),
    );
    return own.toSorted((a, b) => a.Created - b.Created)[0];
  }

  async inspect(tenantId: string, container: string): Promise<Docker.ContainerInspectInfo> {
    const { Id = 'none' } = (await this.find(tenantId, container)) ?? {};
    return this.docker.getContainer(Id).inspect();
  }

  /** Runs a program in a container. Returns its exit code and its output. */
  async run(tenantId: string, container: string, command: string[]): Promise<{ code: number; output: string }> {
    const { Id = 'none' } = (await this.find(tenantId, container)) ?? {};
    const exec = await this.docker.getContainer(Id).exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
    const stream = await exec.start({});
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);

    const output = parseFrames(Buffer.concat(chunks));
    const { ExitCode: code } = await exec.inspect();
    return { code: code ?? -1, output };
  }

  /** Returns the text of a file in a volume, read by a container of its own; undefined if there is no such file. */
  async readVolume(Source: string, file: string): Promise<string | undefined> {
    const container = await this.docker.createContainer({
      Image: this.image,
      Entrypoint: ['cat', `/volume/${file}`],
      HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Source, Target: '/volume', ReadOnly: true }] },
    });
    try {
      await container.start();
      const { StatusCode } = (await container.wait()) as { StatusCode: number };
      const output = parseFrames((await container.logs({ stdout: true, follow: false })) as Buffer);
      return StatusCode === 0 ? output : undefined;
    } finally {
      await container.remove({ force: true });
    }
  }

  /** Writes lines to the log of a container, a hundred per command. */
  async write(tenantId: string, container: string, lines: readonly string[]): Promise<void> {
    const script = 'printf "%s\\n" "$@" > /proc/1/fd/1';
    for (let at = 0; at < lines.length; at += 100) {
      const written = await this.run(tenantId, container, ['sh', '-c', script, 'sh', ...lines.slice(at, at + 100)]);
      if (written.code !== 0) throw new Error(`could not write: ${written.output}`);
    }
  }

  /** A port that was free a moment ago, outside of the default port_range. */
  static async freePort(): Promise<number> {
    const { address, close } = await openLoopback(() => undefined);
    await close();
    return Number(address.split(':')[1]);
  }

  /** Closes all providers and removes all resources. */
  async clear(): Promise<void> {
    for (const provider of this.#providers) await provider.close?.();
    for (const { Id } of await this.containers()) await this.docker.getContainer(Id).remove({ force: true, v: true });
    for (const { Id } of await this.networks()) await this.docker.getNetwork(Id).remove();
    for (const { Name } of await this.volumes()) await this.docker.getVolume(Name).remove();
    await rm(this.secretsDirectory, { recursive: true, force: true });
  }

  readonly #log = (message: string, fields?: Record<string, unknown>) => {
    this.logged.push(JSON.stringify({ message, ...fields }));
  };
  readonly #logger: Logger = { debug: this.#log, info: this.#log, warn: this.#log, error: this.#log };
}

async function pull(docker: Docker, image: string): Promise<void> {
  const stream = await docker.pull(image);
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

function parseFrames(framed: Buffer): string {
  const parts: string[] = [];
  for (let at = 0; at + 8 <= framed.length; ) {
    const length = framed.readUInt32BE(at + 4);
    parts.push(framed.toString('utf8', at + 8, at + 8 + length));
    at += 8 + length;
  }
  return parts.join('');
}
