/** Those who wait for their turn with a tenant, by the tenant's name on the engine. What is known of tenants is not kept here. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs a function while no other of this process runs under the same name. Between processes there is the record: whoever
 * writes it on the basis of an old one is told so.
 */
export async function inTurn<T>(name: string, run: () => Promise<T>): Promise<T> {
  const turn = (queues.get(name) ?? Promise.resolve()).then(run);
  const settled = turn.catch(() => undefined);
  queues.set(name, settled);
  try {
    return await turn;
  } finally {
    if (queues.get(name) === settled) queues.delete(name);
  }
}
