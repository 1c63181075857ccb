import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { EngineError, fromThrown, isMissing } from './engine-error.ts';

/** The methods of dockerode that the provider uses. A client that is passed in has to implement them. */
export type DockerClient = Pick<
  Docker,
  | 'createContainer'
  | 'getContainer'
  | 'listContainers'
  | 'createNetwork'
  | 'getNetwork'
  | 'listNetworks'
  | 'createVolume'
  | 'getVolume'
  | 'listVolumes'
  | 'getImage'
  | 'pull'
> & { info?(options: { abortSignal: AbortSignal }): Promise<EngineInfo> };

export type LoadClient = () => Promise<DockerClient>;

/** What `GET /info` answers, as far as it is used. */
interface EngineInfo {
  ID?: string;
  Name?: string;
  DockerRootDir?: string;
}

type Filter = Record<string, string[]>;
type Ask<T> = (docker: DockerClient, abortSignal: AbortSignal) => Promise<T>;

const REQUEST_TIMEOUT_MS = 60_000;
const NO_TIMEOUT = Number.POSITIVE_INFINITY;
const IDENTIFY_TIMEOUT_MS = 5_000;
const REMOVE_TIMEOUT_MS = 30_000;
/** Exceeds the longest `stop_grace_seconds`. */
const STOP_TIMEOUT_MS = 660_000;

/**
 * The Engine API. Every method throws an `EngineError` if the engine refuses. An engine that is busy, unreachable or
 * too slow gives a `ComputeError`. Inspecting a missing object returns undefined; removing one succeeds.
 */
export class Engine {
  readonly #provider: string;
  readonly #load: LoadClient;
  #client: Promise<DockerClient> | undefined;

  constructor(provider: string, load: LoadClient) {
    this.#provider = provider;
    this.#load = load;
  }

  /**
   * Returns what identifies the engine, wherever it is reached: its id, or its host and data directory if it has none.
   * Podman makes up another id for each answer, so the engine is asked twice. Undefined for a client that cannot ask.
   */
  async identify(): Promise<string | undefined> {
    const ask: Ask<EngineInfo | undefined> = async (docker, abortSignal) => docker.info?.({ abortSignal });
    const [one, other] = [
      await this.#ask('identify itself', ask, [], IDENTIFY_TIMEOUT_MS),
      await this.#ask('identify itself', ask, [], IDENTIFY_TIMEOUT_MS),
    ];
    if (!one) return undefined;
    return one.ID && one.ID === other?.ID ? `engine ${one.ID}` : `engine on ${one.Name} in ${one.DockerRootDir}`;
  }

  listContainers(filters: Filter): Promise<Docker.ContainerInfo[]> {
    const options = { all: true, filters };
    return this.#ask('list containers', (docker, abortSignal) => docker.listContainers({ ...options, abortSignal }));
  }

  inspectContainer(id: string): Promise<Docker.ContainerInspectInfo | undefined> {
    return this.#find('inspect a container', (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }));
  }

  async createContainer(name: string, options: Docker.ContainerCreateOptions): Promise<string> {
    // Without `_query` dockerode repeats the body in the URL, and with it env values that logs must not contain.
    const parts = (abortSignal: AbortSignal) => ({ _query: { name }, _body: options, abortSignal });
    return this.#ask('create a container', async (docker, signal) => (await docker.createContainer(parts(signal))).id);
  }

  async startContainer(id: string): Promise<void> {
    const start: Ask<unknown> = (docker, abortSignal) => docker.getContainer(id).start({ abortSignal });
    await this.#ask('start a container', start, [304]);
  }

  /** Stops a container within the grace period that it was created with. */
  async stopContainer(id: string): Promise<void> {
    const stop: Ask<unknown> = (docker, abortSignal) => docker.getContainer(id).stop({ abortSignal });
    await this.#ask('stop a container', stop, [304, 404], STOP_TIMEOUT_MS);
  }

  /** Changes when the engine restarts a container by itself. */
  async setRestartPolicy(id: string, policy: string): Promise<void> {
    const RestartPolicy = { Name: policy };
    const update: Ask<unknown> = (docker, abortSignal) =>
      docker.getContainer(id).update({ RestartPolicy, abortSignal });
    await this.#ask('update a container', update, [404]);
  }

  /** Removes a container and its anonymous volumes. Returns when it is gone, also if another host removes it. */
  async removeContainer(id: string): Promise<void> {
    const options = { force: true, v: true };
    const remove: Ask<unknown> = (docker, abortSignal) => docker.getContainer(id).remove({ ...options, abortSignal });
    const until = performance.now() + REMOVE_TIMEOUT_MS;
    for (;;) {
      try {
        await this.#ask('remove a container', remove, [404]);
        return;
      } catch (error) {
        // 409: another host is removing it. 500: its file system is in use for an instant.
        const isTransient = error instanceof EngineError && (error.status === 409 || error.status === 500);
        if (!isTransient || performance.now() > until) throw error;
      }
      await sleep(100);
      if (!(await this.inspectContainer(id))) return;
    }
  }

  /** Returns the last lines, or all lines since a time (seconds since 1970), in the engine's framing (see `parseLog`). */
  readLogs(id: string, which: { tail: number } | { since: string }): Promise<Buffer | undefined> {
    const options = { follow: false, stdout: true, stderr: true, timestamps: true, ...which } as const;
    return this.#find('read logs', (docker, abortSignal) => docker.getContainer(id).logs({ ...options, abortSignal }));
  }

  listNetworks(filters: Filter): Promise<Docker.NetworkInspectInfo[]> {
    return this.#ask('list networks', (docker, abortSignal) => docker.listNetworks({ filters, abortSignal }));
  }

  inspectNetwork(idOrName: string): Promise<Docker.NetworkInspectInfo | undefined> {
    return this.#find('inspect a network', (docker) => docker.getNetwork(idOrName).inspect());
  }

  createNetwork(options: Docker.NetworkCreateOptions): Promise<string> {
    return this.#ask('create a network', async (docker, abortSignal) => {
      return (await docker.createNetwork({ ...options, abortSignal })).id;
    });
  }

  async removeNetwork(id: string): Promise<void> {
    await this.#ask('remove a network', (docker, abortSignal) => docker.getNetwork(id).remove({ abortSignal }), [404]);
  }

  async connect(network: string, options: Docker.NetworkConnectOptions): Promise<void> {
    await this.#ask('connect a container', (docker) => docker.getNetwork(network).connect(options));
  }

  async disconnect(network: string, container: string): Promise<void> {
    const options = { Container: container };
    await this.#ask('disconnect a container', (docker) => docker.getNetwork(network).disconnect(options));
  }

  async listVolumes(filters: Filter): Promise<Docker.VolumeInspectInfo[]> {
    const ask: Ask<{ Volumes: Docker.VolumeInspectInfo[] | null }> = (docker, abortSignal) =>
      docker.listVolumes({ filters, abortSignal });
    return (await this.#ask('list volumes', ask)).Volumes ?? []; // null if there are none
  }

  inspectVolume(name: string): Promise<Docker.VolumeInspectInfo | undefined> {
    return this.#find('inspect a volume', (docker, abortSignal) => docker.getVolume(name).inspect({ abortSignal }));
  }

  /** Creates a volume. An existing one of that name is left as it is, which the engine does not report. */
  async createVolume(name: string, labels: Record<string, string>): Promise<void> {
    const options = { Name: name, Driver: 'local', Labels: labels };
    await this.#ask('create a volume', (docker, abortSignal) => docker.createVolume({ ...options, abortSignal }));
  }

  async removeVolume(name: string): Promise<void> {
    await this.#ask('remove a volume', (docker, abortSignal) => docker.getVolume(name).remove({ abortSignal }), [404]);
  }

  inspectImage(reference: string): Promise<Docker.ImageInspectInfo | undefined> {
    return this.#find('inspect an image', (docker) => docker.getImage(reference).inspect());
  }

  /** Starts to pull an image. Returns the engine's progress report: lines of JSON, errors included. */
  pullImage(image: string, authconfig: object | undefined, abortSignal: AbortSignal): Promise<NodeJS.ReadableStream> {
    const options = { ...(authconfig && { authconfig }), abortSignal };
    return this.#ask('pull an image', (docker) => docker.pull(image, options), [], NO_TIMEOUT);
  }

  async #find<T>(doing: string, ask: Ask<T>): Promise<T | undefined> {
    try {
      return await this.#ask(doing, ask);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Sends a request. A refusal with a status of `accepted` counts as success without a result. */
  async #ask<T>(
    doing: string,
    ask: Ask<T>,
    accepted: readonly number[] = [],
    timeoutMs = REQUEST_TIMEOUT_MS,
  ): Promise<T> {
    const docker = await this.#open();
    const signal = timeoutMs === NO_TIMEOUT ? new AbortController().signal : AbortSignal.timeout(timeoutMs);
    try {
      return await ask(docker, signal);
    } catch (thrown) {
      const error = fromThrown(thrown, doing, this.#provider);
      if (error instanceof EngineError && accepted.includes(error.status)) return undefined as T;
      throw error;
    }
  }

  #open(): Promise<DockerClient> {
    this.#client ??= this.#load().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }
}
