import { EventEmitter } from 'node:events';
import type { Logger } from '../../compute/logger.ts';
import type { FrontDoor } from '../../compute/provider.ts';
import { resolveProviderConfig } from '../../compute/provider-config.ts';
import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { ProcessConfig } from './config.ts';
import type { LogPipes } from './logs/log-pipes.ts';
import { heldPorts, type PortHolders } from './ports.ts';
import type { TenantRecord } from './records/record.ts';
import { RecordFacts } from './records/record-facts.ts';
import type { RecordStore } from './records/record-store.ts';
import type { VolumeStore } from './records/volume-store.ts';
import type { SteadyClock } from './steady-clock.ts';
import { Prober } from './supervise/prober.ts';

/** What a pass over a tenant leads to. */
export interface ReconcileResult {
  /** The record after the pass; undefined if there is no such tenant, or no longer. */
  record: TenantRecord | undefined;
  /** Milliseconds until the next pass is worthwhile. */
  nextIn: number;
  /** The stamp of the record after the pass. With another one, a pass is worthwhile at once. */
  stamp: string | undefined;
}

/** The parts that one provider instance works with. It holds no state of a tenant. */
export interface ProviderContext {
  name: string;
  store: RecordStore;
  volumes: VolumeStore;
  defaults: Readonly<Record<string, unknown>>;
  logger: Logger;
  frontDoor: FrontDoor | undefined;
  prober: Prober;
  pipes: LogPipes;
  clock: SteadyClock;
  /** The ports that each tenant holds. */
  ports: RecordFacts<PortHolders>;
  /** The passes that wait for the lock of their tenant. */
  duePasses: Map<string, Promise<ReconcileResult>>;
  /** Emits a tenant id when one of its processes exits or one of its health checks completes. */
  wake: EventEmitter<{ tenant: [tenantId: string] }>;
  /** A time of `clock`. Start timeouts count from here at the earliest: before, maybe no host was running. */
  createdAt: number;
}

export function createContext(
  options: Pick<ProviderContext, 'name' | 'store' | 'volumes' | 'defaults' | 'logger' | 'frontDoor'>,
): ProviderContext {
  const wake: ProviderContext['wake'] = new EventEmitter();
  wake.setMaxListeners(0);
  const prober = new Prober((tenantId) => wake.emit('tenant', tenantId));
  const clock = options.store.clock();
  const ports = new RecordFacts(options.store, heldPorts);
  const pipes = options.store.pipes();
  return { ...options, prober, pipes, clock, ports, duePasses: new Map(), wake, createdAt: clock.now() };
}

/** Returns the configuration of a specification by the current defaults, which may have changed since it was accepted. */
export function configOf(context: Pick<ProviderContext, 'defaults'>, spec: TenantComputeSpec): ProcessConfig {
  return resolveProviderConfig(spec, ProcessConfig, context.defaults);
}
