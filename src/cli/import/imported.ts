import { type Issue, toPointer } from '../../compute/errors.ts';

/** What a file of another format does not say. */
export interface ImportOptions {
  /** `--tenant` */
  tenant?: string | undefined;
  /** `--provider` */
  provider?: string | undefined;
}

/** A specification made from a file of another format. Pointers of `lost` and `refused` lead into that file. */
export interface Imported {
  format: 'Compose' | 'Score';
  spec: Record<string, unknown>;
  /** What was not carried over, and why or what is done instead. */
  lost: readonly Issue[];
  /** What makes the file impossible to import, with the reason. */
  refused: readonly Issue[];
  /** Where in the file a pointer into the specification comes from. */
  origin(pointer: string): string;
}

export type Path = readonly PropertyKey[];
export type Fields = Record<string, unknown>;

/** What an import writes down while it reads. */
export interface Ledger {
  lose(path: Path, message: string): void;
  refuse(path: Path, message: string): void;
  /** Remembers that a part of the specification came from a part of the file. */
  trace(specPath: Path, filePath: Path): void;
}

export interface OpenLedger extends Ledger {
  lost: Issue[];
  refused: Issue[];
  origin(pointer: string): string;
}

export function openLedger(): OpenLedger {
  const lost: Issue[] = [];
  const refused: Issue[] = [];
  const origins = new Map<string, string>();
  return {
    lost,
    refused,
    lose: (path, message) => void lost.push({ pointer: toPointer(path), message }),
    refuse: (path, message) => void refused.push({ pointer: toPointer(path), message }),
    trace: (specPath, filePath) => void origins.set(toPointer(specPath), toPointer(filePath)),
    origin(pointer) {
      for (let prefix = pointer; prefix !== ''; prefix = prefix.slice(0, prefix.lastIndexOf('/'))) {
        const origin = origins.get(prefix);
        if (origin !== undefined) return origin + pointer.slice(prefix.length);
      }
      return '';
    },
  };
}

/** What is assumed of a container that sets no limits. */
export const ASSUMED = { cpu: 256, memory: 256 } as const;

/** The tenant gets what its containers get in sum. */
export function sumOf(containers: readonly { resources: { cpu: number; memory: number } }[]) {
  const sum = (field: 'cpu' | 'memory') => containers.reduce((total, { resources }) => total + resources[field], 0);
  return { cpu: sum('cpu'), memory: sum('memory') };
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name as Berth wants it; Compose and Score allow more. */
export function toName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+|(?<!-)-+$/g, '');
}
