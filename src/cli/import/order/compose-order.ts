import { type Fields, isFields, type Ledger, type Path, toName } from '../imported.ts';

/** Which services run once, and what the others start after. */
export interface ComposeOrder {
  runsOnce(service: string): boolean;
  /** Returns `after` of a container, and notes where it waits for more or less than in Compose. */
  afterOf(service: string, containerIndex: number): { after?: string[] };
}

interface Dependency {
  name: string;
  condition: string;
  isRequired: boolean;
  at: Path;
}

const COMPLETED = 'service_completed_successfully';
const conditions = ['service_started', 'service_healthy', COMPLETED];

/**
 * Reads `depends_on` and `restart` of the services that run. A service runs once where others wait for its end, or where it
 * is never restarted and looks like a job: it has neither ports nor a health check.
 */
export function readOrder(services: readonly [name: string, service: Fields][], ledger: Ledger): ComposeOrder {
  const byName = new Map(services);
  const dependencies = new Map(services.map(([name, service]) => [name, dependenciesOf(name, service, ledger)]));
  const awaited = [...dependencies.values()].flat().filter(({ condition }) => condition === COMPLETED);
  const once = new Set(awaited.map(({ name }) => name));
  for (const [name, service] of services) if (readRestart(name, service, once.has(name), ledger)) once.add(name);
  if (services.length > 0 && services.every(([name]) => once.has(name))) {
    ledger.refuse(['services'], 'every service ends by itself: one at least has to keep running');
  }
  return {
    runsOnce: (name) => once.has(name),
    afterOf(name, containerIndex) {
      const known = (dependencies.get(name) ?? []).filter((one) => isThere(one, byName, ledger));
      for (const [index, dependency] of known.entries()) {
        ledger.trace(['containers', containerIndex, 'after', index], dependency.at);
        noteCondition(dependency, byName.get(dependency.name), once, ledger);
      }
      return known.length > 0 ? { after: known.map((one) => toName(one.name)) } : {};
    },
  };
}

function dependenciesOf(service: string, { depends_on: given }: Fields, ledger: Ledger): Dependency[] {
  const at: Path = ['services', service, 'depends_on'];
  if (Array.isArray(given)) {
    return given.map((name, index) => ({
      name: String(name),
      condition: 'service_started',
      isRequired: true,
      at: [...at, index],
    }));
  }
  return Object.entries(isFields(given) ? given : {}).map(([name, value]) => {
    const { condition = 'service_started', required, restart } = isFields(value) ? value : {};
    const place = [...at, name];
    if (!conditions.includes(String(condition))) {
      ledger.refuse([...place, 'condition'], `condition must be one of ${conditions.join(', ')}`);
    }
    if (restart === true) ledger.lose([...place, 'restart'], `it is not restarted together with ${name}`);
    return { name, condition: String(condition), isRequired: required !== false, at: place };
  });
}

function isThere({ name, isRequired, at }: Dependency, services: ReadonlyMap<string, Fields>, ledger: Ledger): boolean {
  if (services.has(name)) return true;
  if (isRequired) ledger.refuse(at, `${name} is no service that runs; choose its profile, or remove the dependency`);
  else ledger.lose(at, `${name} does not run, and is not required`);
  return false;
}

/** Berth waits until a container is healthy if it has a health check, and else until it runs. */
function noteCondition(
  { name, condition, at }: Dependency,
  service: Fields | undefined,
  once: ReadonlySet<string>,
  ledger: Ledger,
): void {
  const isChecked = hasCheck(service);
  if (once.has(name) && condition !== COMPLETED)
    ledger.lose(at, `it waits until ${name}, which runs once, has ended with 0`);
  else if (once.has(name)) return;
  else if (condition === 'service_started' && isChecked) ledger.lose(at, `it waits until ${name} is healthy`);
  else if (condition === 'service_healthy' && !isChecked) {
    ledger.lose(at, `it waits until ${name} runs: ${name} has no healthcheck in this file`);
  }
}

function hasCheck({ healthcheck }: Fields = {}): boolean {
  return (
    isFields(healthcheck) && healthcheck.disable !== true && !['NONE', '["NONE"]'].includes(textOf(healthcheck.test))
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Returns true for a service that runs once because of its restart policy. Notes what Berth does otherwise. */
function readRestart(name: string, service: Fields, isAwaited: boolean, ledger: Ledger): boolean {
  const at: Path = ['services', name];
  const { restart } = service;
  const policy = isFields(service.deploy) ? service.deploy.restart_policy : undefined;
  const { condition = 'any', ...times } = isFields(policy) ? policy : {};
  const place = isFields(policy) ? [...at, 'deploy', 'restart_policy', 'condition'] : [...at, 'restart'];
  for (const key of Object.keys(times)) {
    ledger.lose([...at, 'deploy', 'restart_policy', key], 'the provider decides when it restarts a container');
  }
  const known = [undefined, null, false, 'no', 'always', 'unless-stopped'];
  const isLimited = /^on-failure(?::[0-9]+)?$/.test(String(restart));
  if (typeof restart === 'string' && !known.includes(restart) && !isLimited) {
    ledger.refuse([...at, 'restart'], 'restart must be no, always, on-failure or unless-stopped');
  }
  if (isAwaited) return true;
  const isNever = restart === false || restart === 'no' || condition === 'none';
  const isServer = (Array.isArray(service.ports) && service.ports.length > 0) || hasCheck(service);
  if (isNever && !isServer) return true;
  if (isNever) ledger.lose(place, 'it has ports or a health check, so it is a server: it is restarted when it ends');
  else if (isLimited) ledger.lose(place, 'a container that ended with 0 is restarted too, without a limit of attempts');
  else if (condition === 'on-failure') ledger.lose(place, 'a container that ended with 0 is restarted too');
  return false;
}
