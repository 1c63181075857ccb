import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { EngineError, fromThrown, isMissing } from './engine-error.ts';

/** What is used of dockerode, which is what a client given by somebody else has to have. */
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
>;

export type LoadClient = () => Promise<DockerClient>;

type Filter = Record<string, string[]>;

/** For every request but those that take their time by nature. */
const ANSWER_WITHIN_MS = 60_000;
const REMOVED_WITHIN_MS = 30_000;
/** Longer than the longest grace. */
const STOPPED_WITHIN_MS = 660_000;

/**
 * The Engine API in the words of this provider: what is gone already is no error where it was to go, and every other
 * refusal is an `EngineError`.
 */
export class Engine {
  readonly #provider: string;
  readonly #load: LoadClient;
  #client: Promise<DockerClient> | undefined;

  constructor(provider: string, load: LoadClient) {
    this.#provider = provider;
    this.#load = load;
  }

  listContainers(filters: Filter): Promise<Docker.ContainerInfo[]> {
    return this.#ask('list containers', (docker, abortSignal) =>
      docker.listContainers({ all: true, filters, abortSignal }),
    );
  }

  inspectContainer(idOrName: string): Promise<Docker.ContainerInspectInfo | undefined> {
    return this.#find('inspect a container', (docker, abortSignal) =>
      docker.getContainer(idOrName).inspect({ abortSignal }),
    );
  }

  async createContainer(name: string, options: Docker.ContainerCreateOptions): Promise<string> {
    // Told apart from the query, the body is not repeated in the URL: there are values in it that logs must not see.
    const parts = (abortSignal: AbortSignal) => ({ _query: { name }, _body: options, abortSignal });
    return this.#ask('create a container', async (docker, signal) => (await docker.createContainer(parts(signal))).id);
  }

  async startContainer(id: string): Promise<void> {
    await this.#ask(
      'start a container',
      (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }),
      [304],
    );
  }

  /** Gives a container the time to end that it was made with. */
  async stopContainer(id: string): Promise<void> {
    const stop = (docker: DockerClient, abortSignal: AbortSignal) => docker.getContainer(id).stop({ abortSignal });
    await this.#ask('stop a container', stop, [304, 404], STOPPED_WITHIN_MS);
  }

  /** Removes a container and its anonymous volumes; returns when it is gone, also where another is at it. */
  async removeContainer(id: string): Promise<void> {
    const remove = (docker: DockerClient, abortSignal: AbortSignal) =>
      docker.getContainer(id).remove({ force: true, v: true, abortSignal });
    const until = performance.now() + REMOVED_WITHIN_MS;
    for (;;) {
      try {
        await this.#ask('remove a container', remove, [404]);
        return;
      } catch (error) {
        // 409: somebody else removes it. 500: its file system is in use for an instant.
        const passing = error instanceof EngineError && (error.status === 409 || error.status === 500);
        if (!passing || performance.now() > until) throw error;
      }
      await sleep(100);
      if (!(await this.inspectContainer(id))) return;
    }
  }

  /** The end of what a container wrote, or all from a time on (seconds since 1970), as the engine frames it. */
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
    await this.#ask('disconnect a container', (docker) =>
      docker.getNetwork(network).disconnect({ Container: container }),
    );
  }

  async listVolumes(filters: Filter): Promise<Docker.VolumeInspectInfo[]> {
    const list = (docker: DockerClient, abortSignal: AbortSignal) => docker.listVolumes({ filters, abortSignal });
    return (await this.#ask('list volumes', list)).Volumes ?? []; // null where there is none
  }

  inspectVolume(name: string): Promise<Docker.VolumeInspectInfo | undefined> {
    return this.#find('inspect a volume', (docker, abortSignal) => docker.getVolume(name).inspect({ abortSignal }));
  }

  /** Leaves a volume as it is that is there already under the name. */
  async createVolume(name: string, labels: Record<string, string>): Promise<void> {
    await this.#ask('create a volume', (docker, abortSignal) =>
      docker.createVolume({ Name: name, Driver: 'local', Labels: labels, abortSignal }),
    );
  }

  async removeVolume(name: string): Promise<void> {
    await this.#ask('remove a volume', (docker, abortSignal) => docker.getVolume(name).remove({ abortSignal }), [404]);
  }

  async hasImage(reference: string): Promise<boolean> {
    return (await this.inspectImage(reference)) !== undefined;
  }

  inspectImage(reference: string): Promise<Docker.ImageInspectInfo | undefined> {
    return this.#find('inspect an image', (docker) => docker.getImage(reference).inspect());
  }

  /** Begins to pull an image. Answers what the engine reports of it: lines of JSON, errors among them. */
  pullImage(
    reference: string,
    authconfig: object | undefined,
    abortSignal: AbortSignal,
  ): Promise<NodeJS.ReadableStream> {
    const options = { ...(authconfig && { authconfig }), abortSignal };
    return this.#ask('pull an image', (docker) => docker.pull(reference, options), [], Number.POSITIVE_INFINITY);
  }

  async #find<T>(
    doing: string,
    ask: (docker: DockerClient, signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await this.#ask(doing, ask);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async #ask<T>(
    doing: string,
    ask: (docker: DockerClient, signal: AbortSignal) => Promise<T>,
    fine: readonly number[] = [],
    within = ANSWER_WITHIN_MS,
  ): Promise<T> {
    const docker = await this.#open();
    const signal = within === Number.POSITIVE_INFINITY ? new AbortController().signal : AbortSignal.timeout(within);
    try {
      return await ask(docker, signal);
    } catch (thrown) {
      const error = fromThrown(thrown, doing, this.#provider);
      // Where a refusal is fine, nobody looks at the answer.
      if (error instanceof EngineError && fine.includes(error.status)) return undefined as T;
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
