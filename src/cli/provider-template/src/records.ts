import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogLine, TenantComputeSpec } from 'berth/provider';

/** A version of a tenant, and when it began to start, in milliseconds since 1970. */
export interface Version {
  spec: TenantComputeSpec;
  /** The hash that Berth gave for the specification. Two specifications are equal if their hashes are. */
  spec_hash: string;
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
    const text = readOrNothing(this.#fileOf(tenantId));
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Writes beside, then renames: after a crash there is the old file or the new one. Specifications hold env values. */
  write(tenantId: string, record: TenantRecord): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const file = this.#fileOf(tenantId);
    writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }

  /** Removes the log first: whatever is left is found by the record. */
  remove(tenantId: string): void {
    rmSync(this.#logOf(tenantId), { force: true });
    rmSync(this.#fileOf(tenantId), { force: true });
  }

  /** Writes lines as a container of the tenant does. */
  log(tenantId: string, container: string, texts: readonly string[]): void {
    const lines = texts.map((text) => `${JSON.stringify({ container, text } satisfies LogLine)}\n`);
    appendFileSync(this.#logOf(tenantId), lines.join(''), { mode: 0o600 });
  }

  readLog(tenantId: string): LogLine[] {
    const lines = readOrNothing(this.#logOf(tenantId)).split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line));
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

  #logOf(tenantId: string): string {
    return join(this.folder, `${tenantId}.log`);
  }
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
