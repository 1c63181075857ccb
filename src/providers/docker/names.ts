import { createHash } from 'node:crypto';

/** A DNS label: the engine resolves container names. */
const MAX_NAME = 63;
const HASH_LENGTH = 10;

/**
 * Joins the parts of a name. No part contains an underscore, so different parts never give the same name. A name that is
 * too long ends in a hash of the whole.
 */
export function joinName(...parts: readonly (string | number)[]): string {
  const name = parts.join('_');
  if (name.length <= MAX_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_NAME - HASH_LENGTH - 1)}_${hash}`;
}

/** The names of one tenant's resources. They are deterministic, so any host finds what another one created. */
export interface Names {
  /** The name of the tenant's lock. */
  readonly tenant: string;
  readonly network: string;
  /** The volume that holds a record. */
  volume(sequence: number): string;
  /** A volume of the tenant, with its data. */
  dataVolume(name: string): string;
  container(name: string, number: number): string;
  probe(name: string, number: number): string;
}

export function namesOf(prefix: string, provider: string, tenantId: string): Names {
  const own = [prefix, provider, tenantId];
  return {
    tenant: own.join('_'),
    network: joinName(...own),
    volume: (sequence) => joinName(...own, sequence),
    dataVolume: (name) => joinName(...own, 'volume', name),
    container: (name, number) => joinName(...own, name, number),
    probe: (name, number) => joinName(...own, name, number, 'probe'),
  };
}
