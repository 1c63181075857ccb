import type { TenantComputeSpec } from '../../compute/spec/spec.ts';
import { INSTALLATION_ID, newInstallationId } from '../model/ids.ts';
import type { HostnameClaim, Installation, Orphan } from '../model/records.ts';
import { isPlainHash, keyedHash, keyedSpecHash } from '../model/spec-hash.ts';
import { InstallationKey } from './installation-key.ts';
import { readOrphan } from './read-item.ts';
import { ignoreConditionFailed, type Table } from './table.ts';
import { walk } from './walk.ts';

/**
 * The part of the store about who owns what: the identity of the installation and its key, the orphans on record, and how
 * many of them were removed lately.
 */
export class OwnershipStore {
  protected readonly key: InstallationKey;
  readonly #table: Table;
  readonly #now: () => number;
  #installation: Promise<Installation | undefined> | undefined;

  constructor(table: Table, now: () => number) {
    this.key = new InstallationKey(table);
    this.#table = table;
    this.#now = now;
  }

  /** Returns the identity of this installation, and makes it where the table has none. Read once by each process. */
  async installation(): Promise<Installation> {
    const known = await this.findInstallation();
    if (known) return known;
    const made: Installation = {
      installation_id: newInstallationId(),
      created_at: new Date(this.#now()).toISOString(),
    };
    try {
      await this.#table.put({ ...INSTALLATION_KEY, data: JSON.stringify(made) }, 'absent');
      this.#installation = Promise.resolve(made);
      return made;
    } catch (error) {
      ignoreConditionFailed(error);
      const others = await this.findInstallation(); // another process was first
      if (others) return others;
      throw error;
    }
  }

  /** Returns the identity of this installation, or undefined where the table has none yet. Read once by each process. */
  async findInstallation(): Promise<Installation | undefined> {
    this.#installation ??= this.#readInstallation();
    const reading = this.#installation;
    const forget = () => {
      if (this.#installation === reading) this.#installation = undefined;
    };
    try {
      const found = await reading;
      if (!found) forget();
      return found;
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** A damaged identity is an error: under a new one, everything that runs would be that of another installation. */
  async #readInstallation(): Promise<Installation | undefined> {
    const item = await this.#table.get(INSTALLATION_KEY.pk, INSTALLATION_KEY.sk);
    if (!item) return undefined;
    const found = parseInstallation(item.data);
    if (found) return found;
    throw new Error(
      'the item meta/installation of the table is damaged. Restore the table from a backup, or write the item again with ' +
        'the id that the resources carry as berth.installation',
    );
  }

  /** Returns the function that hashes specifications for this installation. Makes its key where there is none. */
  async specHasher(): Promise<(spec: TenantComputeSpec) => string> {
    const key = await this.key.get();
    return (spec) => keyedSpecHash(spec, key);
  }

  /** Returns a recorded hash as callers may see it: undefined for a plain one while there is no key. Writes nothing. */
  async shownHash(hash: string): Promise<string | undefined> {
    if (!isPlainHash(hash)) return hash;
    const key = await this.key.find();
    return key && keyedHash(hash, key);
  }

  /** Returns the claim of a hostname, and the version to write it against: 0 where there is none. */
  async getHostname(hostname: string): Promise<{ claim: HostnameClaim | undefined; version: number }> {
    const item = await this.#table.get(`hostname#${hostname}`, 'hostname');
    return { claim: item && (JSON.parse(item.data) as HostnameClaim), version: item?.version ?? 0 };
  }

  /** Writes the claim of a hostname if it still has that version. Throws `ConditionFailedError`. */
  async putHostname(claim: HostnameClaim, version: number): Promise<void> {
    const item = {
      pk: `hostname#${claim.hostname}`,
      sk: 'hostname',
      data: JSON.stringify(claim),
      version: version + 1,
    };
    await this.#table.put(item, version === 0 ? 'absent' : version);
  }

  /** Yields the orphans on record of a provider, in the order of their ids, those after an id. */
  async *orphansOf(provider: string, after?: string): AsyncGenerator<Orphan> {
    for await (const item of walk(this.#table, { key: `orphan#${provider}` }, after)) yield readOrphan(item);
  }

  /** Returns a page of the orphans on record, by provider and id. `after`: the last one of the page before. */
  async listOrphans(
    provider: string,
    { after, limit }: { after?: string | undefined; limit: number },
  ): Promise<Orphan[]> {
    const range = after ? { range: { after } } : {};
    const items = await this.#table.query({ key: `orphan#${provider}`, ...range, limit });
    return items.map(readOrphan);
  }

  async getOrphan(provider: string, tenantId: string): Promise<Orphan | undefined> {
    const item = await this.#table.get(`orphan#${provider}`, tenantId);
    return item && readOrphan(item);
  }

  /**
   * Takes the right to one removal, of which there are `max` in each window. Returns false where none is left, or another
   * process took one at the same time. Times that a wrong clock recorded in the future count as now.
   */
  async takeRemoval({ max, windowMs }: { max: number; windowMs: number }): Promise<boolean> {
    const item = await this.#table.get('meta', 'removals');
    const now = this.#now();
    const times = (item ? (JSON.parse(item.data) as number[]) : []).map((time) => Math.min(time, now));
    const recent = times.filter((time) => time > now - windowMs);
    if (recent.length >= max) return false;
    const version = item?.version ?? 0;
    const data = JSON.stringify([...recent, now]);
    try {
      await this.#table.put(
        { pk: 'meta', sk: 'removals', data, version: version + 1 },
        version === 0 ? 'absent' : version,
      );
      return true;
    } catch (error) {
      ignoreConditionFailed(error);
      return false;
    }
  }

  async putOrphan(orphan: Orphan): Promise<void> {
    const { provider, tenant_id } = orphan;
    await this.#table.put({ pk: `orphan#${provider}`, sk: tenant_id, data: JSON.stringify(orphan) }, 'any');
  }

  async removeOrphan({ provider, tenant_id }: Pick<Orphan, 'provider' | 'tenant_id'>): Promise<void> {
    await this.#table.remove(`orphan#${provider}`, tenant_id);
  }
}

const INSTALLATION_KEY = { pk: 'meta', sk: 'installation' };

function parseInstallation(data: string): Installation | undefined {
  try {
    const { installation_id, created_at } = JSON.parse(data) as Installation;
    const isValid = INSTALLATION_ID.test(installation_id) && !Number.isNaN(Date.parse(created_at));
    return isValid ? { installation_id, created_at } : undefined;
  } catch {
    return undefined;
  }
}
