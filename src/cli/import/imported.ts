import { type Issue, toPointer } from '../../compute/errors.ts';

/** Where the values of variables come from. */
export interface VariableSource {
  /** The variables of `.env` or of `--env-file`. */
  variables: ReadonlyMap<string, string>;
  /** Reads an environment file that a service names. Returns undefined if there is none, or a text that says why not. */
  readEnvFile(path: string): ReadonlyMap<string, string> | string | undefined;
}

/** Values that a Compose or Score file does not contain, and choices of its user. */
export interface ImportOptions {
  /** `--tenant` */
  tenant?: string | undefined;
  /** `--provider` */
  provider?: string | undefined;
  /** `--profile` */
  profiles?: readonly string[] | undefined;
  /** Where variables have their values from. Default: nowhere. */
  source?: VariableSource | undefined;
}

/** A file of Compose or Score, or a tenant as `berth get tenant` prints it. */
export type Format = 'Compose' | 'Score' | 'tenant';

/** A specification converted from another format. Pointers in `lost` and `refused` point into the original file. */
export interface Imported {
  format: Format;
  spec: Record<string, unknown>;
  /** Parts that were not imported, each with the reason or the replacement. */
  lost: readonly Issue[];
  /** Parts that make the file impossible to import, with reasons. */
  refused: readonly Issue[];
  /** Maps a pointer into the specification to a pointer into the file. */
  origin(pointer: string): string;
}

export type Path = readonly PropertyKey[];
export type Fields = Record<string, unknown>;

/** Collects notes and refusals during an import. */
export interface Ledger {
  lose(path: Path, message: string): void;
  refuse(path: Path, message: string): void;
  /** Records which part of the file a part of the specification came from. */
  trace(specPath: Path, filePath: Path): void;
  /** Marks a text that contains values of variables, which may be secrets. */
  conceal(path: Path): void;
  /** Returns a text as it may stand in a message. */
  quote(path: Path, text: string): string;
}

/** A ledger that can be read. */
export interface OpenLedger extends Ledger {
  lost: Issue[];
  refused: Issue[];
  origin(pointer: string): string;
}

export function openLedger(): OpenLedger {
  const lost: Issue[] = [];
  const refused: Issue[] = [];
  const origins = new Map<string, string>();
  const concealed = new Set<string>();
  return {
    lost,
    refused,
    lose: (path, message) => void lost.push({ pointer: toPointer(path), message }),
    refuse: (path, message) => void refused.push({ pointer: toPointer(path), message }),
    trace: (specPath, filePath) => void origins.set(toPointer(specPath), toPointer(filePath)),
    conceal: (path) => void concealed.add(toPointer(path)),
    quote: (path, text) => (concealed.has(toPointer(path)) ? 'the value' : text),
    origin(pointer) {
      for (let prefix = pointer; prefix !== ''; prefix = prefix.slice(0, prefix.lastIndexOf('/'))) {
        const origin = origins.get(prefix);
        if (origin !== undefined) return origin + pointer.slice(prefix.length);
      }
      return '';
    },
  };
}

/** The limits of a container that sets none. */
export const ASSUMED = { cpu: 256, memory: 256 } as const;

/** Returns the sum of the containers' resources, which the tenant gets. */
export function sumOf(containers: readonly { resources: { cpu: number; memory: number } }[]) {
  const sum = (field: 'cpu' | 'memory') => containers.reduce((total, { resources }) => total + resources[field], 0);
  return { cpu: sum('cpu'), memory: sum('memory') };
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Converts a Compose or Score name into a valid Berth name. */
export function toName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+|(?<!-)-+$/g, '');
}
