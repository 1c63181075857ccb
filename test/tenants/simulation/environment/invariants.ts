import { INSTALLATION_LABEL } from '../../../../src/compute/labels.ts';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import type { MemoryRecord } from '../../../../src/providers/memory/backend.ts';
import { hashesOf, observe } from '../../../../src/providers/memory/mapping.ts';
import { restartId } from '../../../../src/tenants/model/ids.ts';
import type { KeyRecord } from '../../../../src/tenants/model/records.ts';
import { HistoryEntry, type Revision, Tenant } from '../../../../src/tenants/model/tenant.ts';
import type { CapturedLogger } from '../../../support/captured-logger.ts';
import type { Client } from '../programs/client.ts';
import type { Program } from '../programs/program.ts';
import { CANARY, providers } from '../programs/specs.ts';
import { inspectRollouts } from './rollout-invariants.ts';
import type { Simulation } from './simulation.ts';
import { inspectVolumes } from './volumes.ts';

/** The end state of a run, read without the code under test. */
interface EndState {
  simulation: Simulation;
  program: Program;
  clients: readonly Client[];
  tenants: readonly Tenant[];
  history: readonly HistoryEntry[];
}

/** Inspects a simulation after all work has ended, and records violations in its ledger. */
export function inspect(
  simulation: Simulation,
  program: Program,
  clients: readonly Client[],
  logger: CapturedLogger,
): void {
  const items = [...simulation.items.values()];
  const read = (prefix: string) => items.filter(({ pk }) => pk.startsWith(prefix)).map(({ data }) => JSON.parse(data));
  const tenants = read('tenant#').map((data) => Tenant.parse(data));
  const history = read('history#').map((data) => HistoryEntry.parse(data));
  const end = { simulation, program, clients, tenants, history };
  for (const tenant of tenants) inspectRest(end, tenant);
  inspectHoldings(end);
  inspectVolumes(simulation, tenants);
  inspectOperations(end);
  inspectRevisions(end);
  inspectKeys(end);
  inspectLifetimes(end);
  inspectAnnouncements(end);
  inspectRollouts(simulation, tenants);
  if (program.watched !== false) inspectHealth(end);
  if (program.owned) inspectDesired(end);
  if (simulation.isStrict) inspectCreations(end);
  const shown = JSON.stringify([logger.entries, history.map(({ operation }) => operation), simulation.announced]);
  if (shown.includes(CANARY))
    simulation.ledger.record('leaked', 'an env value is in a log, a history or an announcement');
}

function inspectRest({ simulation }: EndState, tenant: Tenant): void {
  const { tenant_id, operation, outbox, lease, next_at, phase } = tenant;
  const isScheduled = next_at !== undefined;
  if (isScheduled !== (phase === 'failed')) {
    simulation.ledger.record('unfinished', `${tenant_id} is ${phase}, and its next look is ${next_at ?? 'never'}`);
  }
  if (operation.state === 'running' || outbox.length > 0) {
    simulation.ledger.record(
      'unfinished',
      `${operation.operation_id} is ${operation.state}, ${outbox.length} not in the history`,
    );
  }
  if (lease && phase !== 'failed')
    simulation.ledger.record('leaked', `${tenant_id} has no unfinished work and still has a lease`);
}

/** The provider holds what the table says is ready, and no orphans. */
function inspectHoldings({ simulation, clients, tenants }: EndState): void {
  const { ledger, records, timeline } = simulation;
  const alive = new Map(
    tenants.filter(({ phase }) => phase !== 'destroyed').map((tenant) => [resourceOf(tenant), tenant]),
  );
  for (const [resource, record] of records) {
    const isForeign = record.labels['berth.owner'] === undefined;
    if (isForeign || alive.has(resource)) continue;
    const installation = record.labels[INSTALLATION_LABEL];
    if (installation !== undefined && !simulation.items.get('meta\ninstallation')?.data.includes(installation))
      continue;
    // The brake keeps an orphan: among so few tenants, one is more than a tenth. But it is on record.
    if (simulation.items.has(`orphan#${resource.replace('/', '\n')}`)) continue;
    ledger.record('leaked', `${resource} is held, no tenant owns it, and it is not on record as an orphan`);
  }
  for (const [resource, { phase }] of alive) {
    const isLeft = records.get(resource)?.unremoved !== undefined;
    if (phase === 'ready' && isLeft)
      ledger.record('leaked', `${resource} is at rest, and the version before still runs`);
  }
  for (const [resource, { phase }] of alive) {
    if (phase === 'stopped' && runs(records.get(resource), timeline.now)) {
      ledger.record('leaked', `${resource} is stopped, and it runs`);
    }
  }
  for (const resource of clients.flatMap(({ foreign }) => foreign)) {
    if (!records.has(resource)) ledger.record('lost', `${resource} was not Berth's, and is gone`);
  }
  for (const [resource, before] of clients.flatMap(({ guarded }) => [...guarded])) {
    if (records.get(resource) !== before) ledger.record('destroyed', `${resource} is gone, or is another`);
  }
  for (const [resource, { phase, desired, operation }] of alive) {
    if (phase !== 'ready') continue;
    const record = records.get(resource);
    const { serving, pending, restarts } = observe(record, timeline.now);
    if (pending && specHash(pending) !== specHash(desired.spec))
      ledger.record('superseded', `${resource} is at rest, and another version is on its way`);
    if (operation.type === 'restart' && restarts.serving !== restartId(operation)) {
      ledger.record('lost', `${resource} was not restarted, although the operation says so`);
    }
    if (!serving) ledger.record('lost', `${resource} is ready, and nothing is there`);
    else if (specHash(serving) !== specHash(desired.spec)) {
      ledger.record('lost', `${resource} is ready, and another version than the desired one serves`);
    } else if (record && hashesOf(record, timeline.now).serving !== desired.spec_hash) {
      ledger.record('lost', `${resource} is ready, and is marked with another hash than the recorded one`);
    }
  }
}

/** Every accepted operation of every life is kept once, and has ended. */
function inspectOperations({ simulation, clients, tenants, history }: EndState): void {
  const { ledger } = simulation;
  const kept = new Map(
    [...history.map(({ operation }) => operation), ...tenants.map(({ operation }) => operation)].map((operation) => [
      operation.operation_id,
      operation,
    ]),
  );
  for (const id of ledger.accepted.keys()) {
    if (!kept.has(id)) ledger.record('lost', `operation ${id} is not in the history`);
    if (!ledger.ended.has(id)) ledger.record('unfinished', `operation ${id} never ended`);
  }
  for (const id of kept.keys()) {
    if (!ledger.accepted.has(id)) ledger.record('misinformed', `operation ${id} is kept and was never accepted`);
  }
  for (const { operation_id, state, wants } of clients.flatMap(({ acks }) => acks)) {
    const { state: actual, tenant_id = '', revision } = kept.get(operation_id) ?? {};
    const desired = revision === undefined ? undefined : ledger.revisions.get(tenant_id)?.get(revision);
    if (actual === undefined) ledger.record('lost', `operation ${operation_id} was accepted and is not there`);
    else if (wants !== null && desired !== wants) {
      ledger.record('misinformed', `operation ${operation_id} is not what its caller requested`);
    } else if (state !== 'running' && state !== actual) {
      ledger.record('misinformed', `operation ${operation_id} was reported as ${state} and is ${actual}`);
    }
  }
}

/** Revisions are numbered without gaps, and each is kept. */
function inspectRevisions({ simulation, tenants, history }: EndState): void {
  for (const { tenant_id, desired } of tenants) {
    const made = [...history.flatMap(({ revision }) => revision ?? []), desired].filter(
      ({ spec }) => spec.tenant_id === tenant_id,
    );
    const kept = new Map(made.map((revision) => [revision.revision, revision]));
    for (const [number, hash] of simulation.ledger.revisions.get(tenant_id) ?? []) {
      if (!isSame(kept.get(number), hash)) simulation.ledger.record('lost', `revision ${number} of ${tenant_id}`);
    }
    for (let number = 1; number <= desired.revision; number += 1) {
      if (!kept.has(number)) simulation.ledger.record('lost', `${tenant_id} has no revision ${number}`);
    }
  }
}

function isSame(revision: Revision | undefined, hash: string): boolean {
  return revision !== undefined && specHash(revision.spec) === hash;
}

/** Each key has one operation at most and leads to it. */
function inspectKeys({ simulation }: EndState): void {
  const { ledger, items } = simulation;
  const byKey = Map.groupBy(
    [...ledger.accepted.values()].filter(({ idempotency }) => idempotency),
    ({ idempotency }) => idempotency?.key ?? '',
  );
  for (const [key, operations] of byKey) {
    const ids = operations.map(({ operation_id }) => operation_id);
    if (ids.length > 1) ledger.record('duplicated', `one key made ${ids.join(' and ')}`);
    const item = items.get(`key#${key}\nkey`);
    const record = item && (JSON.parse(item.data) as KeyRecord);
    if (!record?.operation_id || !ids.includes(record.operation_id)) {
      ledger.record('lost', `the key of ${ids.join(', ')} leads to ${record?.operation_id ?? 'nothing'}`);
    }
  }
}

/** The history of a destroyed tenant has a time to live, and that of a living one has none. */
function inspectLifetimes({ simulation, tenants }: EndState): void {
  const alive = new Set(
    tenants
      .filter(({ phase }) => phase !== 'destroyed')
      .map(({ tenant_id, incarnation }) => `${tenant_id} ${incarnation}`),
  );
  for (const { pk, sk, ttl } of simulation.items.values()) {
    const [, tenant] = /^history#(.*)$/.exec(pk) ?? [];
    if (tenant === undefined) continue;
    const isAlive = alive.has(`${tenant} ${sk.split('#')[0]}`);
    if (isAlive && ttl !== undefined) simulation.ledger.record('lost', `${pk} ${sk} expires, and the tenant lives`);
    if (!isAlive && ttl === undefined)
      simulation.ledger.record('leaked', `${pk} ${sk} does not expire, and the tenant is destroyed`);
  }
}

function inspectAnnouncements({ simulation }: EndState): void {
  const { ledger, announced } = simulation;
  const ofOperations = announced.filter(({ detail }) => detail.metadata.operation_id !== undefined);
  const told = Map.groupBy(ofOperations, ({ detail }) => detail.metadata.operation_id ?? '');
  for (const [id, { state }] of ledger.ended) {
    if (!told.has(id)) ledger.record('unannounced', `${id} is ${state}, and that was not announced`);
  }
  for (const [id, announcements] of told) {
    const { state } = ledger.ended.get(id) ?? {};
    if (announcements.some(({ detail_type }) => detail_type.endsWith('Failed') !== (state !== 'succeeded'))) {
      ledger.record('unannounced', `${id} is ${state ?? 'running'}, and something else was announced`);
    }
  }
}

/** The health on record is what the provider has, and each change of it was announced under an id of its own. */
function inspectHealth({ simulation, tenants }: EndState): void {
  const { ledger, records, timeline, announced } = simulation;
  for (const tenant of tenants.filter(({ phase }) => phase === 'ready')) {
    const record = records.get(resourceOf(tenant));
    const isUp = observe(record, timeline.now).serving !== undefined && record?.ailment?.is_down !== true;
    const { health = 'not on record', trouble } = tenant.health ?? {};
    // A crash loop outlasts the moments in which the tenant is up, for up to ten minutes.
    const lasting = tenant.desired.spec.containers.filter(({ run }) => run !== 'once').length;
    const restarted = (record?.ailment?.restart_count ?? 0) * lasting;
    if (trouble === 'CrashLoop' && restarted >= 3) continue;
    if (health !== (isUp ? 'healthy' : 'unhealthy')) {
      ledger.record('misjudged', `${tenant.tenant_id} is ${isUp ? 'up' : 'down'}, and its health is ${health}`);
    }
  }
  const told = new Map(
    announced
      .filter(({ detail_type }) => detail_type === 'Tenant Degraded' || detail_type === 'Tenant Recovered')
      .map(({ detail_type, detail }) => [detail.metadata.event_id, detail_type]),
  );
  for (const [id, type] of ledger.healthChanges) {
    if (told.get(id) !== type) ledger.record('unannounced', `${id} is ${type}, and ${told.get(id)} was announced`);
  }
  for (const [id, type] of told) {
    if (!ledger.healthChanges.has(id)) ledger.record('unannounced', `${type} was announced as ${id}, and is no change`);
  }
}

/** The latest accepted request of each client is what is desired. */
function inspectDesired({ simulation, clients, tenants }: EndState): void {
  for (const { wanted, stopped } of clients) {
    for (const { tenant_id, phase } of tenants.filter((tenant) => wanted.has(tenant.tenant_id))) {
      if (stopped.has(tenant_id) === (phase === 'stopped')) continue;
      simulation.ledger.record('lost', `${tenant_id} is ${phase}, against its latest stop or start`);
    }
    for (const [id, hash] of wanted) {
      const tenant = tenants.find(({ tenant_id }) => tenant_id === id);
      if (tenant?.desired.actor.startsWith('rollout:')) continue; // see rollout-invariants.ts
      const desired = tenant && tenant.phase !== 'destroyed' ? specHash(tenant.desired.spec) : undefined;
      if (desired !== hash) simulation.ledger.record('lost', `the latest request for ${id} is not what is desired`);
    }
  }
}

/**
 * A tenant is created once in each life, and once more for each heal. A version is rolled out once for each operation, and
 * at most once more for each crash that lost the knowledge of it, and each time the provider hid it.
 */
function inspectCreations({ simulation, clients }: EndState): void {
  const { ledger, crashed } = simulation;
  const operations = [...ledger.accepted.values()];
  const vanished = clients.reduce((sum, client) => sum + client.vanished, 0);
  for (const tenant of new Set(operations.map(({ tenant_id }) => tenant_id))) {
    const own = operations.filter(({ tenant_id, type }) => tenant_id === tenant && !['destroy', 'stop'].includes(type));
    const lives = new Set(own.filter(({ type }) => type === 'provision').map(({ incarnation }) => incarnation)).size;
    const created = providers.reduce((sum, name) => sum + (ledger.creations.get(`${name}/${tenant}`) ?? 0), 0);
    const rollouts = ledger.rollouts.get(tenant) ?? 0;
    if (created > lives + vanished)
      ledger.record('duplicated', `${tenant} was made ${created} times in ${lives} lives`);
    if (rollouts > own.length + crashed.length + vanished + (ledger.hidden.get(tenant) ?? 0)) {
      ledger.record('duplicated', `${tenant} was rolled out ${rollouts} times for ${own.length} operations`);
    }
  }
}

/** A tenant runs while a version of it serves or is rolled out, unless it was stopped. */
function runs(record: MemoryRecord | undefined, now: number): boolean {
  if (!record || (record.stopped && record.stopped.ends_at <= now)) return false;
  const { serving, pending } = observe(record, now);
  return record.stopped !== undefined || serving !== undefined || pending !== undefined;
}

function resourceOf({ provider_type, tenant_id }: Tenant): string {
  return `${provider_type}/${tenant_id}`;
}
