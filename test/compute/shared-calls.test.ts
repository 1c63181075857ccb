import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SharedCalls } from '../../src/compute/shared-calls.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A call that is answered by hand, once for each time it is made. */
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

describe('calls under way', () => {
  test('are shared by all who ask for the same key, and by nobody else', async () => {
    const shared = new SharedCalls<string>({ maxAge: 0 });
    const { made, call, at } = createCalls();
    const answers = [shared.get('a', call), shared.get('a', call), shared.get('b', call), shared.get('a', call)];
    expect(made).toHaveLength(2);
    at(0).resolve('of a');
    at(1).resolve('of b');
    expect(await Promise.all(answers)).toEqual(['of a', 'of a', 'of b', 'of a']);
  });

  test('share their failure, which is not kept', async () => {
    const shared = new SharedCalls<string>({ maxAge: 1000 });
    const { made, call, at } = createCalls();
    const answers = Promise.allSettled([shared.get('a', call), shared.get('a', call)]);
    const failure = { code: 'thrown by the call' };
    at(0).reject(failure);
    for (const outcome of await answers) expect(outcome).toEqual({ status: 'rejected', reason: failure });
    shared.get('a', call);
    expect(made).toHaveLength(2);
  });

  test('are shared even by a caller who wants no old answer', () => {
    const shared = new SharedCalls<string>({ maxAge: 1000 });
    const { made, call } = createCalls();
    shared.get('a', call);
    shared.get('a', call, { maxAge: 0 });
    expect(made).toHaveLength(1);
  });
});

describe('answers', () => {
  test('are not kept where the greatest age is zero', async () => {
    const shared = new SharedCalls<string>({ maxAge: 0 });
    const { made, call, at } = createCalls();
    const first = shared.get('a', call, { maxAge: 5000 });
    at(0).resolve('old');
    await first;
    shared.get('a', call, { maxAge: 5000 });
    expect(made).toHaveLength(2);
  });

  test('are given again until they reach their greatest age', async () => {
    const shared = new SharedCalls<string>({ maxAge: 1000 });
    const { made, call, at } = createCalls();
    const first = shared.get('a', call);
    vi.advanceTimersByTime(5000); // the time until the answer does not count
    at(0).resolve('kept');
    await first;
    vi.advanceTimersByTime(999);
    expect(await shared.get('a', call)).toBe('kept');
    expect(made).toHaveLength(1);
    vi.advanceTimersByTime(1);
    shared.get('a', call);
    expect(made).toHaveLength(2);
  });

  test('are too old for a caller who asks for younger ones', async () => {
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

  test('never get older than their greatest age, whatever a caller would put up with', async () => {
    const shared = new SharedCalls<string>({ maxAge: 1000 });
    const { made, call, at } = createCalls();
    const first = shared.get('a', call);
    at(0).resolve('kept');
    await first;
    vi.advanceTimersByTime(1000);
    shared.get('a', call, { maxAge: 5000 });
    expect(made).toHaveLength(2);
  });

  test('are forgotten on request, also those that are still to come', async () => {
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

  test('are kept for so many keys at most, the oldest going first', async () => {
    const shared = new SharedCalls<string>({ maxAge: 1000, maxEntries: 2 });
    const asked: string[] = [];
    const ask = (key: string) => shared.get(key, async () => String(asked.push(key)));
    for (const key of ['a', 'b', 'c', 'b', 'c', 'a']) await ask(key);
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });
});

describe('a caller who stops waiting', () => {
  const reason = new Error('the caller left');

  test('leaves alone; the others get their answer', async () => {
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

  test('ends the call when nobody is left, and the next one begins anew', async () => {
    const shared = new SharedCalls<string>({ maxAge: 1000 });
    const { made, call, at } = createCalls();
    const leavers = [new AbortController(), new AbortController()];
    const left = leavers.map(({ signal }) => shared.get('a', call, { signal }));
    for (const leaver of leavers) leaver.abort(reason);
    for (const outcome of await Promise.allSettled(left)) expect(outcome).toMatchObject({ reason });
    expect(at(0).signal.aborted).toBe(true);
    expect(at(0).signal.reason).toBe(reason);
    const next = shared.get('a', call);
    at(0).reject(new Error('aborted, and nobody hears of it'));
    at(1).resolve('answer');
    expect(await next).toBe('answer');
    expect(made).toHaveLength(2);
  });

  test('never ends a call that somebody without a signal waits for', async () => {
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

  test('gets the reason at once if it had left before it asked', async () => {
    const shared = new SharedCalls<string>({ maxAge: 0 });
    const { made, call } = createCalls();
    await expect(shared.get('a', call, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(made.every(({ signal }) => signal.aborted)).toBe(true);
  });

  test('leaves nothing listening on its signal', async () => {
    const shared = new SharedCalls<string>({ maxAge: 0 });
    const { signal } = new AbortController();
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    await shared.get('a', async () => 'answer', { signal });
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener));
    expect(add).toHaveBeenCalledOnce();
  });
});
