import { specHash } from '../../../src/compute/spec/spec-diff.ts';
import { observe } from '../../../src/providers/memory/mapping.ts';
import type { KeyRecord } from '../../../src/tenants/model/records.ts';
import { HistoryEntry, type Revision, Tenant } from '../../../src/tenants/model/tenant.ts';
import type { CapturedLogger } from '../../support/captured-logger.ts';
import type { Client } from './client.ts';
import type { Program } from './program.ts';
import { CANARY, providers } from './specs.ts';
import type { World } from './world.ts';

/** All that a quiet world holds, read past everything under test. */
interface Estate {
  world: World;
  program: Program;
  clients: readonly Client[];
  tenants: readonly Tenant[];
  history: readonly HistoryEntry[];
}

/** Looks at a world in which everything has come to rest, and records what must not be. */
export function inspect(world: World, program: Program, clients: readonly Client[], logger: CapturedLogger): void {
  const items = [...world.items.values()];
  const read = (prefix: string) => items.filter(({ pk }) => pk.startsWith(prefix)).map(({ data }) => JSON.parse(data));
  const tenants = read('tenant#').map((data) => Tenant.parse(data));
  const history = read('history#').map((data) => HistoryEntry.parse(data));
  const estate = { world, program, clients, tenants, history };
  for (const tenant of tenants) inspectRest(estate, tenant);
  inspectHoldings(estate);
  inspectOperations(estate);
  inspectRevisions(estate);
  inspectKeys(estate);
  inspectLifetimes(estate);
  inspectAnnouncements(estate);
  if (program.owned) inspectWishes(estate);
  if (world.isStrict) inspectCreations(estate);
  const shown = JSON.stringify([logger.entries, history.map(({ operation }) => operation), world.announced]);
  if (shown.includes(CANARY)) world.ledger.record('leaked', 'an env value is where it can be seen');
}

function inspectRest({ world }: Estate, { tenant_id, operation, outbox, lease, next_at }: Tenant): void {
  if (operation.state === 'running' || outbox.length > 0 || next_at !== undefined) {
    world.ledger.record(
      'unfinished',
      `${operation.operation_id} is ${operation.state}, ${outbox.length} not in the history`,
    );
  }
  if (lease) world.ledger.record('leaked', `${tenant_id} is at rest and somebody has its lease`);
}

/** The provider holds what the table says is ready, and nothing that no tenant owns. */
function inspectHoldings({ world, clients, tenants }: Estate): void {
  const { ledger, records, timeline } = world;
  const alive = new Map(
    tenants.filter(({ phase }) => phase !== 'destroyed').map((tenant) => [resourceOf(tenant), tenant]),
  );
  for (const [resource, record] of records) {
    const isForeign = record.labels['berth.owner'] === undefined;
    if (isForeign || alive.has(resource)) continue;
    // What has the id of a tenant elsewhere is not removed while that one is there, but must be on record.
    const isOnRecord = world.items.has(`orphan#${resource.replace('/', '\n')}`);
    const [, id] = resource.split('/');
    if (isOnRecord && [...alive.values()].some(({ tenant_id }) => tenant_id === id)) continue;
    ledger.record('leaked', `${resource} is held and no tenant owns it`);
  }
  for (const resource of clients.flatMap(({ foreign }) => foreign)) {
    if (!records.has(resource)) ledger.record('lost', `${resource} was somebody else's, and is gone`);
  }
  for (const [resource, { phase, desired }] of alive) {
    if (phase !== 'ready') continue;
    const { serving } = observe(records.get(resource), timeline.now);
    if (!serving) ledger.record('lost', `${resource} is ready, and nothing is there`);
    else if (specHash(serving) !== desired.spec_hash) {
      ledger.record('lost', `${resource} is ready, and something else than desired serves`);
    }
  }
}

/** Every operation of every life is there, each ended, and as often as it was accepted. */
function inspectOperations({ world, clients, tenants, history }: Estate): void {
  const { ledger } = world;
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
    else if (desired !== wants) {
      ledger.record('misinformed', `operation ${operation_id} is not what the caller asked for who was told of it`);
    } else if (state !== 'running' && state !== actual) {
      ledger.record('misinformed', `operation ${operation_id} was said to have ${state}; it has ${actual}`);
    }
  }
}

/** Revisions are numbered without gaps, and each can be found. */
function inspectRevisions({ world, tenants, history }: Estate): void {
  for (const { tenant_id, desired } of tenants) {
    const made = [...history.flatMap(({ revision }) => revision ?? []), desired].filter(
      ({ spec }) => spec.tenant_id === tenant_id,
    );
    const kept = new Map(made.map((revision) => [revision.revision, revision]));
    for (const [number, hash] of world.ledger.revisions.get(tenant_id) ?? []) {
      if (!isSame(kept.get(number), hash)) world.ledger.record('lost', `revision ${number} of ${tenant_id}`);
    }
    for (let number = 1; number <= desired.revision; number += 1) {
      if (!kept.has(number)) world.ledger.record('lost', `${tenant_id} has no revision ${number}`);
    }
  }
}

function isSame(revision: Revision | undefined, hash: string): boolean {
  return revision?.spec_hash === hash;
}

/** One operation at most for each key, and the key leads to it. */
function inspectKeys({ world }: Estate): void {
  const { ledger, items } = world;
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

/** What is kept of a tenant goes when it has been gone for a while, and not before. */
function inspectLifetimes({ world, tenants }: Estate): void {
  const alive = new Set(
    tenants
      .filter(({ phase }) => phase !== 'destroyed')
      .map(({ tenant_id, incarnation }) => `${tenant_id} ${incarnation}`),
  );
  for (const { pk, sk, ttl } of world.items.values()) {
    const [, tenant] = /^history#(.*)$/.exec(pk) ?? [];
    if (tenant === undefined) continue;
    const isAlive = alive.has(`${tenant} ${sk.split('#')[0]}`);
    if (isAlive && ttl !== undefined) world.ledger.record('lost', `${pk} ${sk} goes, and the tenant is there`);
    if (!isAlive && ttl === undefined) world.ledger.record('leaked', `${pk} ${sk} stays, and the tenant is gone`);
  }
}

function inspectAnnouncements({ world }: Estate): void {
  const { ledger, announced } = world;
  const told = Map.groupBy(announced, ({ detail }) => detail.metadata.operation_id ?? '');
  for (const [id, { state }] of ledger.ended) {
    if (!told.has(id)) ledger.record('unannounced', `nobody was told that ${id} has ${state}`);
  }
  for (const [id, announcements] of told) {
    const { state } = ledger.ended.get(id) ?? {};
    if (announcements.some(({ detail_type }) => detail_type.endsWith('Failed') !== (state !== 'succeeded'))) {
      ledger.record('unannounced', `${id} has ${state ?? 'not ended'}, and something else was told`);
    }
  }
}

/** What each client asked for last is what is desired. */
function inspectWishes({ world, clients, tenants }: Estate): void {
  for (const { wanted } of clients) {
    for (const [id, hash] of wanted) {
      const tenant = tenants.find(({ tenant_id }) => tenant_id === id);
      const desired = tenant && tenant.phase !== 'destroyed' ? tenant.desired.spec_hash : undefined;
      if (desired !== hash) world.ledger.record('lost', `what was last asked for ${id} is not what is desired`);
    }
  }
}

/**
 * A tenant is made once in each life, and once more for each time that it was brought back. A version is rolled out once for
 * each operation, and once more at most where a crash left nobody to know that it was, or where it was not to be seen.
 */
function inspectCreations({ world, clients }: Estate): void {
  const { ledger, crashed } = world;
  const operations = [...ledger.accepted.values()];
  const vanished = clients.reduce((sum, client) => sum + client.vanished, 0);
  for (const tenant of new Set(operations.map(({ tenant_id }) => tenant_id))) {
    const own = operations.filter(({ tenant_id, type }) => tenant_id === tenant && type !== 'destroy');
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

function resourceOf({ provider_type, tenant_id }: Tenant): string {
  return `${provider_type}/${tenant_id}`;
}
