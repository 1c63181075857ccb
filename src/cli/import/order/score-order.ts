import { type Fields, isFields, type Ledger, type Path } from '../imported.ts';

/** How each container is ordered: Score says which containers one comes before, Berth which ones it comes after. */
export interface ScoreOrder {
  once: ReadonlySet<string>;
  after: ReadonlyMap<string, string[]>;
}

export function readOrder(containers: Fields, ledger: Ledger): ScoreOrder {
  const once = new Set<string>();
  const after = new Map<string, string[]>();
  for (const [name, fields] of Object.entries(containers)) {
    const { before, readinessProbe, livenessProbe } = isFields(fields) ? fields : {};
    for (const [key, value] of Object.entries(isFields(before) ? before : {})) {
      const at = ['containers', name, 'before', key];
      const ready = isFields(value) ? value.ready : undefined;
      if (ready === 'complete') once.add(name);
      else if (!Object.hasOwn(readyNotes, String(ready)))
        ledger.refuse(at, 'ready must be started, healthy or complete');
      const isChecked = isFields(readinessProbe) || isFields(livenessProbe);
      const note = ready !== 'complete' && isChecked !== (ready === 'healthy') && readyNotes[String(ready)];
      if (note) ledger.lose(at, `${key} ${note}`);
      if (Object.hasOwn(containers, key)) after.set(key, [...(after.get(key) ?? []), name]);
      else ledger.refuse(at, `no container has the name ${key}`);
    }
  }
  return { once, after };
}

/** What happens where a container has a probe although it need only have started, or none although it has to be healthy. */
const readyNotes: Readonly<Record<string, string>> = {
  started: 'waits until it is healthy, because it has a probe',
  healthy: 'waits until it runs, because it has no probe',
};

/** Returns the fields of the order, and notes what means nothing for a container that ends. */
export function toOrder(name: string, container: Fields, { once, after }: ScoreOrder, at: Path, ledger: Ledger) {
  const names = after.get(name);
  if (once.has(name)) {
    for (const probe of ['readinessProbe', 'livenessProbe']) {
      if (container[probe] !== undefined) ledger.lose([...at, probe], 'a container that runs once has no health check');
    }
  }
  return { ...(once.has(name) && { run: 'once' }), ...(names && { after: names }) };
}
