import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { ComputeError, ProviderFailedError, ThrottledError } from '../../../compute/errors.ts';
import { DOCKER_HUB, registryOf } from '../../../compute/image-registries.ts';
import type { Logger } from '../../../compute/logger.ts';
import { SharedCalls } from '../../../compute/shared-calls.ts';
import type { DockerConfig } from '../config.ts';
import { readSecret } from '../secrets.ts';
import { ContainerFailureError, toFailure } from './container-failure.ts';
import type { Engine } from './engine.ts';
import { EngineError } from './engine-error.ts';

const PROGRESS_LOG_INTERVAL_MS = 5000;

/** One line of the engine's progress report. */
const PullEvent = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
});
type PullEvent = z.infer<typeof PullEvent>;

/** Pulls images that the engine lacks. Concurrent requests for one image share one pull. */
export class Images {
  readonly #engine: Engine;
  readonly #config: DockerConfig;
  readonly #pulls = new SharedCalls<void>({ maxAge: 0 });

  constructor(engine: Engine, config: DockerConfig) {
    this.#engine = engine;
    this.#config = config;
  }

  /**
   * Returns when the engine has the image. Throws `ContainerFailureError` for a wrong reference or wrong credentials.
   * Throws a retryable `ComputeError` if the registry cannot be reached or limits pulls.
   */
  async ensure(reference: string, logger: Logger, signal: AbortSignal): Promise<void> {
    if (await this.#engine.inspectImage(reference)) return;
    await this.#pulls.get(reference, () => this.#pull(reference, logger, signal));
  }

  async #pull(reference: string, logger: Logger, signal: AbortSignal): Promise<void> {
    const fields = { component: 'docker-provider', image: reference };
    logger.info('pulling image', fields);
    try {
      const stream = await this.#engine.pullImage(reference, await this.#credentialsFor(reference), signal);
      await follow(stream as Readable, (progress) => logger.info('image pull in progress', { ...fields, ...progress }));
    } catch (error) {
      if (error instanceof EngineError) throw pullError(reference, error.reason, error.status);
      if (error instanceof ComputeError || error instanceof ContainerFailureError) throw error;
      throw new ProviderFailedError(`the engine aborted the pull of image ${reference}`, { cause: error });
    }
    logger.info('image pulled', fields);
  }

  async #credentialsFor(reference: string): Promise<object | undefined> {
    const host = registryOf(reference);
    const entry = this.#config.registries[host];
    if (!entry) return undefined;
    const { username, password_key: key } = entry;
    const { secrets_directory } = this.#config;
    const password = secrets_directory === undefined ? undefined : await readSecret(secrets_directory, key);
    if (!password || 'problem' in password) {
      throw new ContainerFailureError({
        message: `the password for the registry ${host} cannot be read`,
        hint: 'Correct password_key in registries, or secrets_directory, of this provider.',
      });
    }
    const serveraddress = host === DOCKER_HUB ? 'https://index.docker.io/v1/' : host;
    return { username, password: password.value, serveraddress };
  }
}

/** Reads a progress report to its end and passes a summary on every few seconds. Throws `EngineError` if it reports one. */
async function follow(stream: Readable, onProgress: (progress: Record<string, number>) => void): Promise<void> {
  const layers = new Map<string, PullEvent>();
  const failed = once(stream, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => undefined);
  let reportedAt = performance.now();
  const lines = createInterface({ input: stream });
  const read = async () => {
    for await (const line of lines) {
      const event = parseEvent(line);
      if (event?.error) throw new EngineError(500, event.error);
      if (event?.id && event.progressDetail) layers.set(event.id, event);
      if (performance.now() - reportedAt < PROGRESS_LOG_INTERVAL_MS) continue;
      reportedAt = performance.now();
      onProgress(progressOf([...layers.values()]));
    }
  };
  try {
    await Promise.race([read(), failed]);
  } finally {
    lines.close();
    stream.destroy();
  }
}

function parseEvent(line: string): PullEvent | undefined {
  try {
    return PullEvent.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function progressOf(layers: readonly PullEvent[]): Record<string, number> {
  const loading = layers.map(({ progressDetail }) => progressDetail).filter((detail) => detail?.total);
  const sum = (field: 'current' | 'total') => loading.reduce((total, detail) => total + (detail?.[field] ?? 0), 0);
  const toMb = (bytes: number) => Math.round(bytes / 1024 / 1024);
  return { layers: layers.length, loaded_mb: toMb(sum('current')), known_mb: toMb(sum('total')) };
}

/** Maps the refusal of a pull to an error for the user. `reason` is the text of the engine or of the registry. */
export function pullError(reference: string, reason: string, status: number): Error {
  const registry = registryOf(reference);
  const failed = (message: string, hint?: string) => new ContainerFailureError({ message, hint });
  if (/toomanyrequests|too many requests|rate limit/i.test(reason)) {
    return new ThrottledError(`the registry ${registry} limits pulls`, {
      hint: 'Set credentials for it in registries, which raises the limit, or try again later.',
    });
  }
  if (/unauthorized|authentication required|incorrect username or password|no basic auth/i.test(reason)) {
    return failed(
      `the registry ${registry} requires credentials for image ${reference}, or rejects the given ones`,
      'Set or correct the credentials of this registry in registries of the provider.',
    );
  }
  if (status === 404 || /not found|manifest unknown|does not exist|access denied|denied:/i.test(reason)) {
    return failed(
      `image ${reference} does not exist, or the credentials do not permit reading it`,
      'Correct the image, push it, or set the credentials of its registry in registries of the provider.',
    );
  }
  if (/no matching manifest/i.test(reason))
    return failed(`image ${reference} is not built for the platform of the engine's host`);
  if (/no space left on device/i.test(reason)) return new ContainerFailureError(toFailure(reason));
  return new ProviderFailedError(`image ${reference} could not be pulled from ${registry}: ${reason}`, {
    hint: 'Check that the engine can reach the registry, then try again.',
  });
}
