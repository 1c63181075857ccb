import { randomUUID } from 'node:crypto';
import type Docker from 'dockerode';
import { ResourceConflictError } from '../../../compute/errors.ts';
import { isOwned, TENANT_LABEL } from '../../../compute/labels.ts';
import type { Engine } from '../engine/engine.ts';
import { LABEL, type Labels, ownedFilter } from '../labels.ts';
import type { Names } from '../names.ts';
import { TenantRecord } from './record.ts';

/** A record as it was read. The next write is based on it. */
export interface StoredRecord {
  record: TenantRecord;
  sequence: number;
  /** The labels of all the tenant's resources. */
  labels: Record<string, string>;
}

/** Another host changed the record since it was read. The refused write may have been visible for an instant: read again. */
export class RecordChangedError extends Error {}

/** The fields that are read of a record volume. Such a volume holds no data, only labels. */
export interface RecordVolume {
  name: string;
  sequence: number;
  writer: string;
  labels: Labels;
}

/**
 * Keeps the record of each tenant on the engine, as the labels of a volume.
 *
 * The engine has no compare-and-swap, and the labels of a volume never change. But a volume name can be taken only once,
 * and creating a name that exists silently returns the existing volume. So each record is a new volume. Its name ends in
 * the next sequence number, and its label `berth.writer` is a random id. A write has four steps:
 *
 * 1. Create volume n+1, where n is the sequence number of the record that the write is based on.
 * 2. List the tenant's volumes. If n+1 carries another writer id, another host was faster: the write is refused.
 * 3. If a volume higher than n+1 exists, another host wrote on top of n+1, or this write came too late. It is refused
 *    and n+1 stays: the writer of the higher one removes it, and may be checking right now that it exists.
 * 4. If volume n is missing, the tenant was destroyed meanwhile. n+1 would resurrect it, so it is removed again.
 *
 * Only then are the older volumes removed. A crash between any two steps leaves extra volumes and never too few: readers
 * take the highest one that parses, and the next write removes the others.
 */
export class RecordStore {
  readonly #engine: Engine;
  readonly #provider: string;
  readonly #installation: string | undefined;

  /** With an installation, the records of other installations are neither read nor written. */
  constructor(engine: Engine, provider: string, installation?: string) {
    this.#engine = engine;
    this.#provider = provider;
    this.#installation = installation;
  }

  /** Returns the record volumes of one tenant, or of all tenants, by ascending sequence number. */
  async listVolumes(tenantId?: string): Promise<RecordVolume[]> {
    const volumes = await this.#engine.listVolumes(ownedFilter(this.#provider, tenantId));
    return (
      volumes
        // Podman 4 lists volumes that carry any of the labels, not only those that carry all of them.
        .filter(({ Labels }) => this.#isOwn(Labels) && (tenantId === undefined || Labels?.[TENANT_LABEL] === tenantId))
        .filter(({ Labels }) => Labels?.[LABEL.volume] === undefined) // volumes with data
        .map(toRecordVolume)
        .sort((a, b) => a.sequence - b.sequence)
    );
  }

  /**
   * Writes the record that follows `before` (undefined for the first). Throws `RecordChangedError` if `before` is no longer
   * the latest record, and `ResourceConflictError` if a volume without the labels of this installation has the name.
   */
  async write(
    names: Names,
    before: StoredRecord | undefined,
    record: TenantRecord,
    labels: Record<string, string>,
  ): Promise<StoredRecord> {
    const sequence = (before?.sequence ?? 0) + 1;
    const name = names.volume(sequence);
    const writer = randomUUID();
    await this.#engine.createVolume(name, {
      ...labels,
      [LABEL.record]: JSON.stringify(record),
      [LABEL.sequence]: String(sequence),
      [LABEL.writer]: writer,
    });
    const volumes = await this.listVolumes(labels[TENANT_LABEL]);
    const own = volumes.find((volume) => volume.name === name);
    if (!own) await this.#refuseForeign(name);
    if (own?.writer !== writer || volumes.at(-1) !== own) throw new RecordChangedError();
    if (before && !volumes.some((volume) => volume.sequence === before.sequence)) {
      await this.#engine.removeVolume(name);
      throw new RecordChangedError();
    }
    const older = volumes.filter((volume) => volume !== own);
    await Promise.all(older.map((volume) => this.#engine.removeVolume(volume.name)));
    return { record, sequence, labels };
  }

  async #refuseForeign(name: string): Promise<void> {
    const volume = await this.#engine.inspectVolume(name);
    if (!volume || this.#isOwn(volume.Labels)) throw new RecordChangedError();
    throw new ResourceConflictError(
      `the volume ${name} exists and does not carry the labels of this installation. Rename or remove it.`,
    );
  }

  #isOwn(labels: Labels | undefined): boolean {
    return isOwned(labels ?? {}, this.#provider, this.#installation);
  }
}

/** Returns the record with the highest sequence number among those that can be read. */
export function latestRecord(volumes: readonly RecordVolume[]): StoredRecord | undefined {
  for (const { sequence, labels } of volumes.toReversed()) {
    const record = parseRecord(labels[LABEL.record]);
    if (record) return { record, sequence, labels: withoutRecord(labels) };
  }
  return undefined;
}

function parseRecord(text: string | undefined): TenantRecord | undefined {
  try {
    return TenantRecord.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined; // made by hand, or by an incompatible version of Berth: the same as no record
  }
}

function withoutRecord(labels: Labels): Record<string, string> {
  const { [LABEL.record]: _, [LABEL.sequence]: __, [LABEL.writer]: ___, ...others } = labels;
  return others as Record<string, string>;
}

function toRecordVolume({ Name: name, Labels: labels }: Docker.VolumeInspectInfo): RecordVolume {
  return { name, labels, sequence: Number(labels[LABEL.sequence] ?? 0), writer: labels[LABEL.writer] ?? '' };
}
