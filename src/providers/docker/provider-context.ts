import type { Origin } from '../../compute/labels.ts';
import type { Logger } from '../../compute/logger.ts';
import type { FrontDoor } from '../../compute/provider.ts';
import type { DockerConfig } from './config.ts';
import type { ContainerFailure } from './engine/container-failure.ts';
import type { Engine } from './engine/engine.ts';
import type { Images } from './engine/images.ts';
import type { RecordStore } from './records/record-store.ts';

/** The dependencies of one provider instance. It holds no facts about tenants: those are on the engine. */
export interface ProviderContext {
  provider: string;
  /** For whom this call works: goes onto new resources, and resources of other installations are left alone. */
  origin: Origin;
  engine: Engine;
  store: RecordStore;
  images: Images;
  defaults: DockerConfig;
  logger: Logger;
  frontDoor: FrontDoor | undefined;
  /** Aborted when the instance is closed. */
  closing: AbortSignal;
  /** The rollouts that this process works on, by rollout id. Callers that ask for the same rollout share one run. */
  runs: Map<string, Promise<RolloutResult>>;
}

/** How the work of this process on a rollout ended. */
export type RolloutResult =
  | { kind: 'done' }
  | { kind: 'failed'; failure: ContainerFailure }
  /** A newer request, or a destroy, replaced the rollout. */
  | { kind: 'superseded' }
  /** This process is closing. The rollout continues when the same specification is requested again. */
  | { kind: 'interrupted' };
