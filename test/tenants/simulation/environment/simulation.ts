import {
  createMemoryBackend,
  type MemoryBackend,
  type MemoryRecord,
} from '../../../../src/providers/memory/backend.ts';
import type { Announcement } from '../../../../src/tenants/model/announcing.ts';
import { Tenant } from '../../../../src/tenants/model/tenant.ts';
import type { Item, Query, Table } from '../../../../src/tenants/store/table.ts';
import { createMemoryTable } from '../../../support/memory-table.ts';
import { ChangeStream } from './change-stream.ts';
import type { Call } from './faults.ts';
import { Ledger } from './ledger.ts';
import type { Process } from './process.ts';
import { Random } from './random.ts';
import { replacedVersions } from './replaced-versions.ts';
import type { Sabotage } from './sabotage.ts';
import { Timeline } from './timeline.ts';
import { type Volumes, watchVolumes } from './volumes.ts';
import { Weather, type WeatherOptions } from './weather.ts';

/** Kills a process at request `at`: before its effect, between effect and answer, or some requests after its time was up. */
export interface Crash {
  at: number;
  when: 'before' | 'after' | 'time up';
  /** How many requests it still makes after its time was up. */
  grace: number;
}

/** A crash that happened, with its fault number, F01 to F07. */
export interface CrashReport extends Crash {
  number: string;
  label: string;
}

export interface SimulationOptions {
  seed: number;
  weather: WeatherOptions;
  crashes?: readonly Crash[] | undefined;
  /** Nothing but crashes goes wrong, so the end state is known exactly. */
  strict?: boolean | undefined;
  timeline?: Timeline | undefined;
  sabotage?: Sabotage | undefined;
}

/** All that outlives a process: the table, the provider's backend, the announcements, and time. */
export class Simulation {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly weather: Weather;
  readonly ledger = new Ledger();
  readonly items = new Map<string, Item>();
  readonly table: Table;
  /** The provider's backend, as its calls see it. The ledger observes it. */
  readonly backend: MemoryBackend;
  /** The same records without the ledger, for changes by hand. */
  readonly records = new Map<string, MemoryRecord>();
  readonly volumes: Volumes = new Map();
  readonly announced: Announcement[] = [];
  readonly stream = new ChangeStream();
  readonly calls: Call[] = [];
  readonly crashed: CrashReport[] = [];
  readonly isStrict: boolean;
  readonly sabotage: Sabotage | undefined;
  /** Runs, from beginning to end, when a request has arrived and before it takes effect. */
  interlude: ((request: number) => Promise<void>) | undefined;
  /** The number of effects that are still to come although their callers gave up. */
  late = 0;
  /** Nothing takes effect late, and no call fails. */
  readonly #isCalm: boolean;
  readonly #crashes: ReadonlyMap<number, Crash>;
  readonly #graces = new Map<Process, number>();
  readonly #doomed = new Set<Process>();
  /** The number of operations that were accepted before the present request. */
  #accepted = 0;
  #lastTenant = '';

  constructor({ seed, weather, crashes = [], strict = false, timeline = new Timeline(), sabotage }: SimulationOptions) {
    this.isStrict = strict;
    this.timeline = timeline;
    this.sabotage = sabotage;
    this.random = new Random(seed);
    this.#isCalm = !weather.faulty && !weather.slow && !weather.plan;
    this.weather = new Weather(this.random, weather);
    this.table = this.#watchedTable();
    this.backend = this.#watchedBackend();
    this.#crashes = new Map(crashes.map((crash) => [crash.at, crash]));
  }

  /** Records that a request arrived. Returns the crash that is due. */
  begin(call: Call, process: Process): Crash | undefined {
    this.calls.push(call);
    this.#accepted = this.ledger.accepted.size;
    this.#lastTenant = call.tenant ?? this.#lastTenant;
    const crash = this.#crashes.get(this.calls.length);
    if (crash?.when === 'before') this.#note(crash, call, this.#stage());
    if (crash?.when === 'time up') this.#note(crash, call, 'F07');
    return crash ?? this.#dueCrash(process);
  }

  /** Records that a request took effect. */
  end(call: Call, process: Process, crash: Crash | undefined): void {
    const { what, tenant = '' } = call;
    if (what === 'provision' || what === 'update' || what === 'destroy') this.ledger.sawProviderCall(tenant);
    if (crash?.when === 'after') this.#note(crash, call, this.#stage());
    const isIntent = call.to === 'table' && this.ledger.accepted.size > this.#accepted;
    if (isIntent && this.#doomed.has(process)) process.kill();
  }

  /** Kills a process as soon as it has recorded an intent. */
  killAtIntent(process: Process): void {
    this.#doomed.add(process);
  }

  killAfter(process: Process, requests: number): void {
    this.#graces.set(process, requests);
  }

  /** Runs an effect long after its caller gave up. The caller gets no answer. */
  runLate(effect: () => Promise<unknown>): Promise<never> {
    this.late += 1;
    this.timeline.after(61_000 + this.random.below(120_000), () => {
      this.late -= 1;
      effect().catch(() => undefined); // its caller is gone
    });
    return new Promise(() => undefined);
  }

  #dueCrash(process: Process): Crash | undefined {
    const left = this.#graces.get(process);
    if (left === undefined) return undefined;
    this.#graces.set(process, left - 1);
    return left === 0 ? { at: this.calls.length, when: 'before', grace: 0 } : undefined;
  }

  #stage(): string {
    return this.ledger.stageOf(this.#lastTenant);
  }

  #note(crash: Crash, { label }: Call, number: string): void {
    this.crashed.push({ ...crash, number, label });
  }

  /** Compares what the provider has with the desired version when an operation ends. */
  #inspectEnd(tenant: Tenant): void {
    const { tenant_id, provider_type, operation } = tenant;
    if (this.ledger.ended.has(operation.operation_id)) return;
    const record = this.records.get(`${provider_type}/${tenant_id}`);
    for (const version of replacedVersions(tenant, record, this.timeline.now)) {
      this.ledger.record('superseded', `${operation.operation_id} succeeded, and ${version}`);
    }
  }

  #watchedTable(): Table {
    const table = createMemoryTable(this.items);
    let seen = new Map(this.items);
    return {
      ...table,
      put: async (item, expected) => {
        const before = this.items.get(`${item.pk}\n${item.sk}`);
        await table.put(item, expected);
        if (this.#isCalm && item.pk.startsWith('tenant#')) this.#inspectEnd(Tenant.parse(JSON.parse(item.data)));
        this.ledger.sawItem(item);
        if (/^(?:tenant|orphan|rollout)#/.test(item.pk)) this.stream.push({ before, after: item });
      },
      query: async (query: Query) => {
        if (query.index && this.weather.isStale()) return createMemoryTable(seen).query(query);
        seen = new Map(this.items);
        return table.query(query);
      },
    };
  }

  #watchedBackend(): MemoryBackend {
    const { records, ledger } = this;
    const watched = {
      get: (key: string) => records.get(key),
      set: (key: string, record: MemoryRecord) => {
        const before = records.get(key);
        // What finishes a rollout changes the record, and not the version that is rolled out.
        const isBegun = record.rollout !== undefined && before?.rollout !== record.rollout;
        if (isBegun || (before === undefined && record.rollout === undefined))
          ledger.sawRollout(key, before === undefined);
        return records.set(key, record);
      },
      delete: (key: string) => records.delete(key),
      keys: () => records.keys(),
    };
    const tenantOf = (tenantId: string) => {
      const item = this.items.get(`tenant#${tenantId}\n${tenantId}`);
      return item && Tenant.parse(JSON.parse(item.data));
    };
    const volumes = watchVolumes(this.volumes, tenantOf, (about) => ledger.record('lost', about));
    return { ...createMemoryBackend(), records: watched, volumes };
  }
}
