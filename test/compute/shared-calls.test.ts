import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SharedCalls } from '../../src/compute/shared-calls.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Calls that the test settles by hand. */
function createCalls() {
  const made: (PromiseWithResolvers<string> & { signal: AbortSignal })[] = [];
  const call = (signal: AbortSignal) => {
    const pending = Promise.withResolvers<string>();
    made.push({ ...pending, signal });
    return pending.promise;
  };
  const at = (index: number) => {
    const one = made[index];
    if (!one) throw new Error(`only ${made.length} calls were made`);
    return one;
  };
  return { made, call, at };
}

describe('calls in progress', () => {
  test('are shared by callers of the same key only', async () => {
    const shared = new SharedCalls<string>({ maxAge: 0 });
    const { made, call, at } = createCalls();
    const answers = [shared.get('a', call), shared.get('a', call), shared.get('b', call), shared.get('a', call)];
    expect(made).toHaveLength(2);
    at(0).resolve('of a');
    at(1).resolve('of b');
    expect(await Promise.all(answers)).toEqual(['of a', 'of a', 'of b', 'of a']);
  });

  test('share their failure, which is not cached', async () => {
    const shared = new SharedCalls<string>({ maxAge: 1000 });
    const { made, call, at } = createCalls();
    const answers = Promise.allSettled([shared.get('a', call), shared.get('a', call)]);
    const failure = { code: 'thrown by the call' };
    at(0).reject(failure);
    for (const outcome of await answers) expect(outcome).toEqual({ status: 'rejected', reason: failure });
    shared.get('a', call);
    expect(made).toHaveLength(2);
  });

  test('are shared also by a caller with maxAge 0', () => {
    const shared = new SharedCalls<string>({ maxAge: 1000 });
    const { made, call } = createCalls();
    shared.get('a', call);
    shared.get('a', call, { maxAge: 0 });
    expect(made).toHaveLength(1);
  });
});

describe('results', () => {
  test('are not cached if maxAge is 0', async () => {
    const shared = new SharedCalls<string>({ maxAge: 0 });
    const { made, call, at } = createCalls();
    const first = shared.get('a', call, { maxAge: 5000 });
    at(0).resolve('old');
    await first;
    shared.get('a', call, { maxAge: 5000 });
    expect(made).toHaveLength(2);
  });

  test('are cached until they reach maxAge', async () => {
    const shared = new SharedCalls<string>({ maxAge: 1000 });
    const { made, call, at } = createCalls();
    const first = shared.get('a', call);
    vi.advanceTimersByTime(5000); // the age begins when the call ends
    at(0).resolve('kept');
    await first;
    vi.advanceTimersByTime(999);
    expect(await shared.get('a', call)).toBe('kept');
    expect(made).toHaveLength(1);
    vi.advanceTimersByTime(1);
    shared.get('a', call);
    expect(made).toHaveLength(2);
  });

  test('expire earlier for a caller with a shorter maxAge', async () => {
    const shared = new SharedCalls<string>({ maxAge: 1000 });
    const { made, call, at } = createCalls();
    const first = shared.get('a', call);
    at(0).resolve('kept');
    await first;
    vi.advanceTimersByTime(100);
    expect(await shared.get('a', call, { maxAge: 101 })).toBe('kept');
    shared.get('a', call, { maxAge: 100 });
    expect(made).toHaveLength(2);
  });

  test('expire at maxAge also for a caller with a longer one', async () => {
    const shared = new SharedCalls<string>({ maxAge: 1000 });
    const { made, call, at } = createCalls();
    const first = shared.get('a', call);
    at(0).resolve('kept');
    await first;
    vi.advanceTimersByTime(1000);
    shared.get('a', call, { maxAge: 5000 });
    expect(made).toHaveLength(2);
  });

  test('are forgotten on request, also those of calls in progress', async () => {
    const shared = new SharedCalls<string>({ maxAge: 1000 });
    const { made, call, at } = createCalls();
    const first = shared.get('a', call);
    shared.forget('a');
    const second = shared.get('a', call);
    at(1).resolve('new');
    at(0).resolve('old');
    expect(await Promise.all([first, second])).toEqual(['old', 'new']);
    expect(await shared.get('a', call)).toBe('new');
    expect(made).toHaveLength(2);
  });

  test('are cached for a limited number of keys; the oldest is evicted', async () => {
    const shared = new SharedCalls<string>({ maxAge: 1000, maxEntries: 2 });
    const asked: string[] = [];
    const ask = (key: string) => shared.get(key, async () => String(asked.push(key)));
    for (const key of ['a', 'b', 'c', 'b', 'c', 'a']) await ask(key);
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });
});

describe('a caller that aborts', () => {
  const reason = new Error('the caller left');

  test('does not affect the other callers', async () => {
    const shared = new SharedCalls<string>({ maxAge: 0 });
    const { made, call, at } = createCalls();
    const [leaver, stayer] = [new AbortController(), new AbortController()];
    const left = shared.get('a', call, { signal: leaver.signal });
    const stayed = shared.get('a', call, { signal: stayer.signal });
    leaver.abort(reason);
    await expect(left).rejects.toBe(reason);
    expect(at(0).signal.aborted).toBe(false);
    at(0).resolve('answer');
    expect(await stayed).toBe('answer');
    expect(made).toHaveLength(1);
  });

  test('aborts the call if it was the last, and the next caller begins a new call', async () => {
    const shared = new SharedCalls<string>({ maxAge: 1000 });
    const { made, call, at } = createCalls();
    const leavers = [new AbortController(), new AbortController()];
    const left = leavers.map(({ signal }) => shared.get('a', call, { signal }));
    for (const leaver of leavers) leaver.abort(reason);
    for (const outcome of await Promise.allSettled(left)) expect(outcome).toMatchObject({ reason });
    expect(at(0).signal.aborted).toBe(true);
    expect(at(0).signal.reason).toBe(reason);
    const next = shared.get('a', call);
    at(0).reject(new Error('aborted, without a caller'));
    at(1).resolve('answer');
    expect(await next).toBe('answer');
    expect(made).toHaveLength(2);
  });

  test('never aborts a call that a caller without a signal waits for', async () => {
    const shared = new SharedCalls<string>({ maxAge: 0 });
    const { call, at } = createCalls();
    const patient = shared.get('a', call);
    const leaver = new AbortController();
    const left = shared.get('a', call, { signal: leaver.signal });
    leaver.abort(reason);
    await expect(left).rejects.toBe(reason);
    expect(at(0).signal.aborted).toBe(false);
    at(0).resolve('answer');
    expect(await patient).toBe('answer');
  });

  test('gets the reason at once if its signal was aborted before', async () => {
    const shared = new SharedCalls<string>({ maxAge: 0 });
    const { made, call } = createCalls();
    await expect(shared.get('a', call, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(made.every(({ signal }) => signal.aborted)).toBe(true);
  });

  test('removes its listeners from its signal', async () => {
    const shared = new SharedCalls<string>({ maxAge: 0 });
    const { signal } = new AbortController();
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    await shared.get('a', async () => 'answer', { signal });
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener));
    expect(add).toHaveBeenCalledOnce();
  });
});
