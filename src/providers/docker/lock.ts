/** The last function queued under each name. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs a function when no other one of this process runs under the same name, in the order of the calls. Other processes
 * are held off by the record: a write that is based on an outdated record throws `RecordChangedError`.
 */
export async function withLock<T>(name: string, run: () => Promise<T>): Promise<T> {
  const result = (queues.get(name) ?? Promise.resolve()).then(run);
  const settled = result.catch(() => undefined);
  queues.set(name, settled);
  try {
    return await result;
  } finally {
    if (queues.get(name) === settled) queues.delete(name);
  }
}
