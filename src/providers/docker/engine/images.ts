import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { ComputeError, ProviderFailedError, ThrottledError } from '../../../compute/errors.ts';
import type { Logger } from '../../../compute/logger.ts';
import { DOCKER_HUB, registryOf } from '../../../compute/image-registries.ts';
import type { DockerConfig } from '../config.ts';
import { readSecret } from '../secrets.ts';
import type { Engine } from './engine.ts';
import { EngineError } from './engine-error.ts';
import { TroubleError } from './trouble.ts';

const PROGRESS_EVERY_MS = 5000;

/** One line of what the engine reports while it pulls. */
const PullEvent = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
});
type PullEvent = z.infer<typeof PullEvent>;

/** Brings images to the engine. Those who want the same one at the same time wait for one pull. */
export class Images {
  readonly #engine: Engine;
  readonly #config: DockerConfig;
  readonly #pulls = new Map<string, Promise<void>>();

  constructor(engine: Engine, config: DockerConfig) {
    this.#engine = engine;
    this.#config = config;
  }

  /** Returns when the image is there. Throws a `TroubleError` where it cannot be had, or what can be tried again. */
  async ensure(reference: string, logger: Logger, signal: AbortSignal): Promise<void> {
    if (await this.#engine.hasImage(reference)) return;
    const pull = this.#pulls.get(reference) ?? this.#pull(reference, logger, signal);
    this.#pulls.set(reference, pull);
    try {
      await pull;
    } finally {
      if (this.#pulls.get(reference) === pull) this.#pulls.delete(reference);
    }
  }

  async #pull(reference: string, logger: Logger, signal: AbortSignal): Promise<void> {
    const fields = { component: 'docker-provider', image: reference };
    logger.info('pulling image', fields);
    try {
      const stream = await this.#engine.pullImage(reference, await this.#credentialsFor(reference), signal);
      await follow(stream as Readable, (progress) => logger.info('image pull goes on', { ...fields, ...progress }));
    } catch (error) {
      if (error instanceof EngineError) throw refusal(reference, error.reason, error.status);
      if (error instanceof ComputeError || error instanceof TroubleError) throw error;
      throw new ProviderFailedError(`the engine broke off pulling image ${reference}`, { cause: error });
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
      throw new TroubleError({
        message: `the password for the registry ${host} cannot be read`,
        hint: 'Correct password_key in registries, and secrets_directory, of this provider.',
      });
    }
    const serveraddress = host === DOCKER_HUB ? 'https://index.docker.io/v1/' : host;
    return { username, password: password.value, serveraddress };
  }
}

/** Reads to the end what the engine reports, telling now and then how far it is. Throws an `EngineError` where it reports one. */
async function follow(stream: Readable, tell: (progress: Record<string, number>) => void): Promise<void> {
  const layers = new Map<string, PullEvent>();
  const failed = once(stream, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => undefined);
  let toldAt = performance.now();
  const lines = createInterface({ input: stream });
  const read = async () => {
    for await (const line of lines) {
      const event = parseEvent(line);
      if (event?.error) throw new EngineError(500, event.error);
      if (event?.id && event.progressDetail) layers.set(event.id, event);
      if (performance.now() - toldAt < PROGRESS_EVERY_MS) continue;
      toldAt = performance.now();
      tell(progressOf([...layers.values()]));
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

/** What it means that an image was not given to the engine. */
export function refusal(reference: string, reason: string, status: number): Error {
  const registry = registryOf(reference);
  if (/toomanyrequests|too many requests|rate limit/i.test(reason)) {
    return new ThrottledError(`the registry ${registry} gives no more images for now`, {
      hint: 'Set credentials for it in registries, which have higher limits, or try again later.',
    });
  }
  if (/unauthorized|authentication required|incorrect username or password|no basic auth/i.test(reason)) {
    return new TroubleError({
      message: `the registry ${registry} does not accept the credentials for image ${reference}, or asks for some`,
      hint: 'Set or correct the credentials of this registry in registries of the provider.',
    });
  }
  if (status === 404 || /not found|manifest unknown|does not exist|access denied|denied:/i.test(reason)) {
    return new TroubleError({
      message: `image ${reference} was not found, or may not be read with the credentials there are`,
      hint: 'Correct the image, push it, or set the credentials of its registry in registries of the provider.',
    });
  }
  if (/no matching manifest/i.test(reason)) {
    return new TroubleError({
      message: `image ${reference} is not made for the kind of machine that the engine runs on`,
    });
  }
  if (/no space left on device/i.test(reason)) {
    return new TroubleError({
      message: 'the disk of the engine’s machine is full',
      hint: 'Remove images that nobody uses.',
    });
  }
  return new ProviderFailedError(`image ${reference} could not be pulled from ${registry}: ${reason}`, {
    hint: 'Check that the engine can reach the registry, and try again.',
  });
}
