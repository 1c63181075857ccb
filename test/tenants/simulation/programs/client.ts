import { ComputeError } from '../../../../src/compute/errors.ts';
import { labelsFor } from '../../../../src/compute/labels.ts';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import type { MemoryRecord } from '../../../../src/providers/memory/backend.ts';
import { resourceName } from '../../../../src/providers/memory/mapping.ts';
import type { Operation } from '../../../../src/tenants/model/operation.ts';
import type { InventoryReport } from '../../../../src/tenants/sweep/inventory.ts';
import type { Caller, MutationResult } from '../../../../src/tenants/tenants.ts';
import type { Simulation } from '../environment/simulation.ts';
import type { Fleet } from './fleet.ts';
import type { Host } from './host.ts';
import type { Program, Request, Step } from './program.ts';
import { takeRolloutStep } from './rollout-steps.ts';
import { providers, specOf } from './specs.ts';

/** An answer that a client got: the operation of its request, and its state at that time. */
export interface Ack {
  operation_id: string;
  state: Operation['state'];
  /** The hash of the requested specification; undefined for a destroy and a stop; null where the request names none. */
  wants: string | undefined | null;
}

/** A pause of five seconds each: longer than the hour by which a wrong clock may delay an inventory. */
const GIVE_UP_AFTER = 1_500;

/** Makes requests and repeats each until it is answered. */
export class Client {
  readonly acks: Ack[] = [];
  /** By tenant: the hash of the latest accepted specification; undefined after a destroy. */
  readonly wanted = new Map<string, string | undefined>();
  /** The tenants whose latest accepted stop came after their latest accepted start, and after their latest destroy. */
  readonly stopped = new Set<string>();
  readonly #simulation: Simulation;
  readonly #fleet: Fleet;
  readonly #slot: number;
  readonly #actor: string;
  readonly #isExact: boolean;
  /** How often a tenant's resources were removed by hand. */
  vanished = 0;
  /** Resources that were made by hand, without Berth's labels. */
  readonly foreign: string[] = [];
  /** Resources that nothing may touch, as they were: those of another installation, and those that the table lost. */
  readonly guarded = new Map<string, MemoryRecord>();

  constructor(simulation: Simulation, fleet: Fleet, slot: number, { twins, exact }: Pick<Program, 'twins' | 'exact'>) {
    this.#simulation = simulation;
    this.#fleet = fleet;
    this.#slot = slot;
    this.#actor = `client-${twins ? 0 : slot}`;
    this.#isExact = exact;
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#do(step);
  }

  /** Repeats a request until it is answered. A refusal is an answer. */
  async insist<T>(ask: (host: Host) => Promise<T | undefined>): Promise<T | ComputeError> {
    for (let tries = 1; tries <= GIVE_UP_AFTER; tries += 1) {
      const host = await this.#fleet.host(this.#slot);
      const answer = await Promise.race([ask(host).catch(asRefusal), host.process.died.then(() => undefined)]);
      if (answer !== undefined) return answer;
      await this.#simulation.timeline.sleep(Math.min(100 * 2 ** tries, 5_000));
    }
    throw new Error(`a client got no answer after ${GIVE_UP_AFTER} tries`);
  }

  /** Waits until an inventory is due and has reached its end. */
  async takeInventory(provider: string): Promise<InventoryReport> {
    const report = await this.insist(({ inventorySchedule, process }) => {
      return inventorySchedule
        .runIfDue(provider, process.timeUp.signal)
        .then((taken) => (taken?.after ? undefined : taken));
    });
    if (report instanceof ComputeError) throw report;
    return report;
  }

  async #do(step: Step): Promise<void> {
    const { timeline, records } = this.#simulation;
    switch (step.do) {
      case 'sleep':
        return timeline.sleep(step.ms);
      case 'inventory':
        for (const provider of providers) await this.takeInventory(provider);
        return;
      case 'vanish':
        for (const provider of providers) records.delete(resourceName(provider, step.tenant));
        this.vanished += 1;
        return;
      case 'ail':
        for (const provider of providers) this.#ail(resourceName(provider, step.tenant), step);
        this.#simulation.weather.count('F123');
        return;
      case 'plant': {
        const spec = specOf(step.tenant, { number: 0, provider: step.provider });
        const { installation } = step;
        const labels = step.labelled ? labelsFor(spec, step.provider, { installation }) : { owner: 'another-team' };
        records.set(resourceName(step.provider, step.tenant), { labels, serving: spec });
        const resource = resourceName(step.provider, step.tenant);
        if (!step.labelled) this.foreign.push(resource);
        if (!installation) return;
        this.#simulation.weather.count('F101');
        return this.#guard(resource);
      }
      case 'empty_table':
        return this.#emptyTable(step.keepsIdentity);
      case 'damage':
        return this.#damage(step.rows);
      case 'outage':
        return this.#simulation.weather.beginOutage(timeline.now + step.ms);
      case 'expect_ready': {
        const tenant = await this.insist(({ tenants }) => tenants.get(step.tenant));
        const phase = tenant instanceof ComputeError ? tenant.code : tenant.phase;
        if (phase !== 'ready') this.#simulation.ledger.record('given_up', `${step.tenant} is ${phase}`);
        return;
      }
      case 'rollout':
      case 'steer':
      case 'await_rollout':
        return takeRolloutStep(step, {
          actor: this.#actor,
          simulation: this.#simulation,
          isExact: this.#isExact,
          insist: (ask) => this.insist(ask),
        });
      default:
        return this.#request(step);
    }
  }

  #guard(resource: string): void {
    const record = this.#simulation.records.get(resource);
    if (record) this.guarded.set(resource, record);
  }

  /** What the table lost runs on. Processes begin anew with the table, and nothing is known of earlier requests. */
  async #emptyTable(keepsIdentity: boolean): Promise<void> {
    const { items, records, ledger, weather, stream, announced, timeline } = this.#simulation;
    while (stream.changes.length > 0) await timeline.sleep(1_000);
    announced.splice(0);
    weather.count('F102');
    for (const resource of records.keys()) this.#guard(resource);
    for (const [place, { pk }] of items) if (!keepsIdentity || pk !== 'meta') items.delete(place);
    ledger.forget();
    this.wanted.clear();
    this.acks.splice(0);
    this.#fleet.killAll();
  }

  /** Replaces the unreadable rows by that many. They are due for longer than all other work. */
  #damage(rows: number): void {
    const { items, weather } = this.#simulation;
    for (const [place, { pk }] of items) if (pk.startsWith('tenant#unreadable-')) items.delete(place);
    for (let row = 0; row < rows; row += 1) {
      weather.count('F106');
      const sk = `unreadable-${row}`;
      const keys = { work: 'work', work_at: '2020-01-01T00:00:00.000Z', listed: 'tenant', provider: 'memory' };
      items.set(`tenant#${sk}\n${sk}`, { pk: `tenant#${sk}`, sk, data: '', summary: '', version: 1, ...keys });
    }
  }

  async #request(step: Request): Promise<void> {
    const ask = await this.#question(step);
    if (!ask) return;
    const caller = { actor: this.#actor, idempotencyKey: step.key };
    const answer = await this.insist((host) => {
      if (step.killed) this.#simulation.killAtIntent(host.process);
      return ask.of(host, { ...caller, signal: host.process.timeUp.signal });
    });
    const refused = answer instanceof ComputeError ? answer.code : undefined;
    if (this.#isExact && refused !== ('refused' in step ? step.refused : undefined)) {
      this.#simulation.ledger.record(
        'misinformed',
        `${step.do} of ${step.tenant} was refused with: ${refused ?? 'nothing'}`,
      );
    }
    if (answer instanceof ComputeError) return;
    this.#note(step, ask);
    if (answer.kind !== 'operation') return;
    const { operation_id, state } = answer.operation;
    const ack = { operation_id, state, wants: ask.wants };
    this.acks.push(ack);
    if (step.wait) await this.#awaitEnd(ack, step.withinMs);
  }

  #note({ do: what, tenant }: Request, { wants }: Question): void {
    if (what === 'stop') this.stopped.add(tenant);
    if (what === 'start' || what === 'destroy') this.stopped.delete(tenant);
    if (what === 'stop' || wants === null) return; // it says nothing about the specification
    this.wanted.set(tenant, wants);
  }

  /** Returns the request of a step. It is made once, so that every repetition is equal. */
  async #question(step: Request): Promise<Question | undefined> {
    const { tenant } = step;
    if (step.do === 'destroy') {
      return {
        of: ({ tenants }, caller) => tenants.destroy(tenant, caller, { provider: step.provider }),
        wants: undefined,
      };
    }
    if (step.do === 'stop' || step.do === 'start' || step.do === 'restart') {
      const change = step.do;
      return {
        of: ({ tenants }, caller) => tenants[change](tenant, caller),
        wants: change === 'stop' ? undefined : null,
      };
    }
    if (step.do === 'rollback') {
      const revisions = await this.insist(({ tenants }) => tenants.revisions(tenant));
      if (revisions instanceof ComputeError) return undefined;
      const target = step.to === 'oldest' ? revisions.at(-1) : (revisions[1] ?? revisions[0]);
      if (!target) return undefined;
      return {
        of: ({ tenants }, caller) => tenants.rollback(tenant, target.revision, caller),
        wants: specHash(target.spec),
      };
    }
    if (step.do === 'cancel') {
      const current = await this.insist(({ tenants }) => tenants.get(tenant));
      if (current instanceof ComputeError || !current.serving) return undefined;
      const { operation, serving } = current;
      const revisions = await this.insist(({ tenants }) => tenants.revisions(tenant));
      if (revisions instanceof ComputeError) return undefined;
      const target = revisions.find(({ revision }) => revision === serving.revision);
      if (!target) return undefined;
      return {
        of: ({ tenants }, caller) => tenants.cancel(operation.operation_id, caller),
        wants: specHash(target.spec),
      };
    }
    const spec = specOf(tenant, step.version);
    return { of: ({ tenants }, caller) => tenants[step.do](spec, caller), wants: specHash(spec) };
  }

  /** Restarts add to those before. A version that comes up later has neither. */
  #ail(resource: string, { down, restarts = 0 }: Extract<Step, { do: 'ail' }>): void {
    const { records } = this.#simulation;
    const record = records.get(resource);
    if (!record) return;
    const restart_count = (record.ailment?.restart_count ?? 0) + restarts;
    records.set(resource, { ...record, ailment: { is_down: down, restart_count, message: 'it exited' } });
  }

  async #awaitEnd({ operation_id: id, wants }: Ack, withinMs = Number.POSITIVE_INFINITY): Promise<void> {
    let until = this.#simulation.timeline.now + withinMs;
    for (;;) {
      if (this.#simulation.timeline.now > until) {
        this.#simulation.ledger.record('held_up', `operation ${id} runs after ${withinMs / 1000} s`);
        this.#damage(0);
        until = Number.POSITIVE_INFINITY;
      }
      const operation = await this.insist(({ tenants }) => tenants.operation(id, { waitMs: 20_000 }));
      if (operation instanceof ComputeError) {
        return this.#simulation.ledger.record('lost', `operation ${id} was accepted and is not found`);
      }
      this.acks.push({ operation_id: id, state: operation.state, wants });
      if (operation.state !== 'running') return;
      await this.#simulation.timeline.sleep(1_000);
    }
  }
}

interface Question {
  of(host: Host, caller: Caller): Promise<MutationResult>;
  /** As in `Ack`. */
  wants: string | undefined | null;
}

/** Returns a refusal. Any other error means that the request is repeated. */
function asRefusal(error: unknown): ComputeError | undefined {
  return error instanceof ComputeError && !error.retryable ? error : undefined;
}
