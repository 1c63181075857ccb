import { deployFields, type FieldRule } from './compose-fields.ts';
import { ASSUMED, type Fields, type Ledger, type Path } from './imported.ts';
import { toMegabytes, toMillicores } from './quantities.ts';
import { checkShape, fieldsAt } from './shapes.ts';

/** Why a field below `deploy.resources` has no effect. */
const resourceNotes: Readonly<Record<string, string>> = {
  reservations: 'only limits are used: the limit of a container is reserved for it',
};
const limitNotes: Readonly<Record<string, string>> = {
  pids: 'the operator limits processes, not the file',
};

/** Converts `deploy`, `cpus` and `mem_limit` of a service. Returns undefined for `cpu` or `memory` that are not limited. */
export function toResources(service: Fields, at: Path, ledger: Ledger): { cpu: number; memory: number } {
  const deploy = fieldsAt(service, 'deploy', at, ledger);
  const path = [...at, 'deploy'];
  for (const [key, value] of Object.entries(deploy)) checkField(key, value, deployFields[key], path, ledger);
  const resources = fieldsAt(deploy, 'resources', path, ledger);
  const limits = fieldsAt(resources, 'limits', [...path, 'resources'], ledger);
  for (const key of Object.keys(resources)) {
    if (key !== 'limits') ledger.lose([...path, 'resources', key], resourceNotes[key] ?? `Compose has no ${key} here`);
  }
  const below = [...path, 'resources', 'limits'];
  for (const key of Object.keys(limits)) {
    if (key !== 'cpus' && key !== 'memory')
      ledger.lose([...below, key], limitNotes[key] ?? `Compose has no ${key} here`);
  }
  const [cpus, cpusAt] =
    limits.cpus === undefined ? [service.cpus, [...at, 'cpus']] : [limits.cpus, [...below, 'cpus']];
  const [memory, memoryAt] =
    limits.memory === undefined ? [service.mem_limit, [...at, 'mem_limit']] : [limits.memory, [...below, 'memory']];
  return limitsOf(
    readAmount(cpus, cpusAt, toMillicores, 'a number of cores such as 0.5', ledger),
    readAmount(memory, memoryAt, toMegabytes, 'an amount of memory such as 512m or 1.5g', ledger),
    at,
    ledger,
  );
}

/** Notes or refuses a field by its rule. */
export function checkField(key: string, value: unknown, rule: FieldRule | undefined, at: Path, ledger: Ledger): void {
  const place = [...at, key];
  if (!rule) ledger.lose(place, `Compose has no field ${key} here`);
  else if (value !== null && checkShape(value, rule.shape, place, ledger)) {
    const refused = typeof rule.refuse === 'function' ? rule.refuse(value) : rule.refuse;
    const noted = typeof rule.note === 'function' ? rule.note(value) : rule.note;
    if (refused !== undefined) ledger.refuse(place, `${key}: ${refused}`);
    else if (noted !== undefined) ledger.lose(place, noted);
  }
}

/** Reads an amount. 0 means no limit. Refuses what is no amount. */
function readAmount(
  value: unknown,
  at: Path,
  convert: (value: unknown) => number | undefined,
  example: string,
  ledger: Ledger,
): number | undefined {
  if (value === undefined || value === null) return undefined;
  const amount = convert(value);
  if (amount === undefined) ledger.refuse(at, `${String(at.at(-1))} must be ${example}`);
  return amount === 0 ? undefined : amount;
}

/** Returns the limits of a container, raised to the minimum, with defaults for missing values. */
export function limitsOf(cpu: number | undefined, memory: number | undefined, at: Path, ledger: Ledger) {
  if (cpu === undefined) ledger.lose(at, `no CPU limit; ${ASSUMED.cpu} millicores are assumed`);
  if (memory === undefined) ledger.lose(at, `no memory limit; ${ASSUMED.memory} MB are assumed`);
  if (cpu !== undefined && cpu < 128) ledger.lose(at, `${cpu} millicores are below the minimum; 128 are used`);
  if (memory !== undefined && memory < 128) ledger.lose(at, `${memory} MB are below the minimum; 128 are used`);
  return { cpu: Math.max(cpu ?? ASSUMED.cpu, 128), memory: Math.max(memory ?? ASSUMED.memory, 128) };
}
