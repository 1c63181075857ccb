import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ResourceConflictError } from '../../../compute/errors.ts';
import { isForeign, type Origin } from '../../../compute/labels.ts';
import type { DestroyResult } from '../../../compute/results.ts';
import { DNS_LABEL } from '../../../compute/spec/names.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { mountedVolumes, retainedVolumes, type VolumeMarks } from '../../../compute/volumes/volumes.ts';

const RETAIN = '.retain-';
const INSTALLATION = '.installation';

/**
 * The volumes of one provider: `.volumes/TENANT/VOLUME` in its data folder, beside the folders of tenants, so that a
 * retained one outlives its tenant. An empty file `.retain-VOLUME` marks it. The marks are no part of the record, so that
 * a damaged record never costs data. Callers hold the lock of the tenant.
 */
export class VolumeStore {
  readonly #root: string;

  constructor(dataFolder: string) {
    this.#root = join(dataFolder, '.volumes');
  }

  /** Returns the folder of a volume. */
  folder(tenantId: string, volume: string): string {
    return join(this.#root, tenantId, volume);
  }

  /** Creates the missing volumes of a specification, and marks those that a destroy keeps. */
  async open(spec: TenantComputeSpec, { installation }: Origin = {}): Promise<void> {
    const names = mountedVolumes(spec);
    if (names.length === 0) return;
    const { tenant_id } = spec;
    await this.#requireOwn(tenant_id, installation);
    for (const name of names) await mkdir(this.folder(tenant_id, name), { recursive: true, mode: 0o700 });
    const id = join(this.#root, tenant_id, INSTALLATION);
    if (installation !== undefined) await writeFile(id, installation, { mode: 0o600, flush: true });
    const retained = retainedVolumes(spec);
    await this.retain(tenant_id, retained);
    for (const name of names) if (!retained.includes(name)) await rm(this.#mark(tenant_id, name), { force: true });
  }

  /** Marks volumes, so that a destroy keeps them. Names that the tenant does not have are skipped. */
  async retain(tenantId: string, volumes: readonly string[]): Promise<void> {
    const known = await this.marks(tenantId);
    for (const name of volumes) {
      if (known[name] === false) await writeFile(this.#mark(tenantId, name), '', { mode: 0o600, flush: true });
    }
  }

  /** Returns every volume of a tenant, and whether a destroy keeps it. */
  async marks(tenantId: string): Promise<VolumeMarks> {
    const names = await namesIn(join(this.#root, tenantId));
    const volumes = names.filter((name) => DNS_LABEL.test(name)).sort();
    return Object.fromEntries(volumes.map((name) => [name, names.includes(`${RETAIN}${name}`)]));
  }

  /** Deletes the volumes of a tenant that are not retained. Does nothing with those of another installation. */
  async remove(tenantId: string, { installation }: Origin = {}): Promise<DestroyResult> {
    const nothing = { deleted_volumes: [], kept_volumes: [] };
    if (isForeign(await this.#installationOf(tenantId), installation)) return nothing;
    const marks = Object.entries(await this.marks(tenantId));
    const kept_volumes = marks.flatMap(([name, isRetained]) => (isRetained ? [name] : []));
    const deleted_volumes = marks.flatMap(([name, isRetained]) => (isRetained ? [] : [name]));
    for (const name of deleted_volumes) await rm(this.folder(tenantId, name), { recursive: true, force: true });
    if (kept_volumes.length === 0) await rm(join(this.#root, tenantId), { recursive: true, force: true });
    return { deleted_volumes, kept_volumes };
  }

  /** Returns the ids of tenants that have a volume that a destroy deletes, whether or not they have a record. */
  async tenantIds(): Promise<string[]> {
    const ids = (await namesIn(this.#root)).filter((name) => DNS_LABEL.test(name));
    const marks = await Promise.all(ids.map(async (id) => Object.values(await this.marks(id))));
    return ids.filter((_, index) => marks[index]?.includes(false));
  }

  async #requireOwn(tenantId: string, installation: string | undefined): Promise<void> {
    const found = await this.#installationOf(tenantId);
    if (!isForeign(found, installation)) return;
    throw new ResourceConflictError(
      `the data folder has volumes of a tenant ${tenantId} of another installation (${found}); choose another tenant id`,
    );
  }

  async #installationOf(tenantId: string): Promise<string | undefined> {
    return readFile(join(this.#root, tenantId, INSTALLATION), 'utf8').catch(() => undefined);
  }

  #mark(tenantId: string, volume: string): string {
    return join(this.#root, tenantId, `${RETAIN}${volume}`);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
