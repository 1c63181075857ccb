import { randomUUID } from 'node:crypto';
import type Docker from 'dockerode';
import { ResourceConflictError } from '../../../compute/errors.ts';
import { isOwned, TENANT_LABEL } from '../../../compute/labels.ts';
import type { Engine } from '../engine/engine.ts';
import { isTenants, type Labels, ownedFilter, RECORD_LABEL, SEQUENCE_LABEL, WRITER_LABEL } from '../labels.ts';
import type { Names } from '../names.ts';
import { TenantRecord } from './record.ts';

/** A record as it was read, with what it takes to write the next one. */
export interface StoredRecord {
  record: TenantRecord;
  sequence: number;
  /** What all resources of the tenant are labelled with. */
  labels: Record<string, string>;
}

/** Somebody else wrote the record since it was read. What was to be written may have been there for an instant: read again. */
export class RecordChangedError extends Error {}

/** What is read of the volumes of a tenant: they hold no data, only labels. */
export interface RecordVolume {
  name: string;
  sequence: number;
  writer: string;
  labels: Labels;
}

/**
 * The engine keeps a tenant's record in the labels of a volume, the one with the highest number. Labels never change: the
 * next record is a volume with the next number. A name can be taken once, so of several writers one succeeds.
 */
export class RecordStore {
  readonly #engine: Engine;
  readonly #provider: string;

  constructor(engine: Engine, provider: string) {
    this.#engine = engine;
    this.#provider = provider;
  }

  /** The record volumes of one tenant, or of all, oldest first. */
  async listVolumes(tenantId?: string): Promise<RecordVolume[]> {
    const volumes = await this.#engine.listVolumes(ownedFilter(this.#provider, tenantId));
    return (
      volumes
        // Looked at again: Podman 4 shows what has any of the labels, not what has all of them.
        .filter(({ Labels }) =>
          tenantId === undefined ? isOwned(Labels ?? {}, this.#provider) : isTenants(Labels, tenantId, this.#provider),
        )
        .map(toRecordVolume)
        .sort((a, b) => a.sequence - b.sequence)
    );
  }

  /**
   * Writes the record that follows `before` (none: the first). Throws `RecordChangedError` where that is not the latest
   * any more, and `ResourceConflictError` where a volume that is not Berth's has the name.
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
      [RECORD_LABEL]: JSON.stringify(record),
      [SEQUENCE_LABEL]: String(sequence),
      [WRITER_LABEL]: writer,
    });
    const volumes = await this.listVolumes(labels[TENANT_LABEL]);
    const mine = volumes.find((volume) => volume.name === name);
    if (!mine) await this.#refuseForeign(name);
    if (mine?.writer !== writer) throw new RecordChangedError();
    // A higher one was made from this one, or this one came too late; either way it is left for the writer of the higher one
    // to remove, who may be about to look whether it is there.
    if (volumes.at(-1) !== mine) throw new RecordChangedError();
    // Without the one that it was made from, the tenant was destroyed meanwhile.
    if (before && !volumes.some((volume) => volume.sequence === before.sequence)) {
      await this.#engine.removeVolume(name);
      throw new RecordChangedError();
    }
    await Promise.all(
      volumes.filter((volume) => volume !== mine).map((volume) => this.#engine.removeVolume(volume.name)),
    );
    return { record, sequence, labels };
  }

  async #refuseForeign(name: string): Promise<void> {
    const volume = await this.#engine.inspectVolume(name);
    if (!volume || isOwned(volume.Labels ?? {}, this.#provider)) throw new RecordChangedError();
    throw new ResourceConflictError(
      `the volume ${name} is there and does not carry Berth's labels; rename or remove it`,
    );
  }
}

/** The latest of a tenant's record volumes that can be read. */
export function latestRecord(volumes: readonly RecordVolume[]): StoredRecord | undefined {
  for (const { sequence, labels } of volumes.toReversed()) {
    const record = parseRecord(labels[RECORD_LABEL]);
    if (record) return { record, sequence, labels: withoutRecord(labels) };
  }
  return undefined;
}

function parseRecord(text: string | undefined): TenantRecord | undefined {
  try {
    return TenantRecord.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined; // made by hand, or by a version of Berth that is not compatible: as if there were none
  }
}

function withoutRecord(labels: Labels): Record<string, string> {
  const { [RECORD_LABEL]: _, [SEQUENCE_LABEL]: __, [WRITER_LABEL]: ___, ...others } = labels;
  return others as Record<string, string>;
}

function toRecordVolume({ Name: name, Labels: labels }: Docker.VolumeInspectInfo): RecordVolume {
  return { name, labels, sequence: Number(labels[SEQUENCE_LABEL] ?? 0), writer: labels[WRITER_LABEL] ?? '' };
}
