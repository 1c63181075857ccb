import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TenantComputeSpec } from 'berth/provider';

/** A version of a tenant, and when it began to start, in milliseconds since 1970. */
export interface Version {
  spec: TenantComputeSpec;
  begun_at: number;
  ready_at: number;
}

/** What the folder has of one tenant. A file without `labels` is not Berth's. */
export interface TenantRecord {
  labels?: Record<string, string>;
  provisioned_at?: number;
  /** The version before, which serves until `version` is ready. */
  before?: Version | undefined;
  version?: Version;
  changes?: string[];
}

/**
 * The backend of this provider: a folder with one JSON file for each tenant. Replace it by a client of yours. It is all that
 * a provider knows of tenants: another process has to find them, so nothing is kept in memory.
 */
export class Records {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  read(tenantId: string): TenantRecord | undefined {
    try {
      return JSON.parse(readFileSync(this.#fileOf(tenantId), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Writes beside, then renames: after a crash there is the old file or the new one. Specifications hold env values. */
  write(tenantId: string, record: TenantRecord): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const file = this.#fileOf(tenantId);
    writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }

  remove(tenantId: string): void {
    rmSync(this.#fileOf(tenantId), { force: true });
  }

  tenantIds(): string[] {
    try {
      const files = readdirSync(this.folder).filter((file) => file.endsWith('.json'));
      return files.map((file) => file.slice(0, -'.json'.length)).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** Tenant ids are letters, digits and hyphens, so no id leads out of the folder. */
  #fileOf(tenantId: string): string {
    return join(this.folder, `${tenantId}.json`);
  }
}
