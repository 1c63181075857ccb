import { describe, expect, it } from 'vitest';
import { lookUp, parsePs, parseStat, scan } from '../../../../src/providers/process/supervise/process-table.ts';

describe('parseStat', () => {
  it('parses a line of /proc with any name of the program', () => {
    const rest = '77 4242 4241 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 11 0 987654 1000 200';
    expect(parseStat(`4242 (a) b (c) S ${rest}`)).toMatchObject({
      pid: 4242,
      group: 4242,
      session: 4241,
      zombie: false,
    });
    expect(parseStat(`4242 (node) S ${rest}`).start_time).toMatch(/:987654$/);
    expect(parseStat(`4242 (node) Z ${rest}`).zombie).toBe(true);
  });
});

describe('parsePs', () => {
  it('parses the output of ps', () => {
    const text = '  501   501 Ss   Mon Nov  3 09:12:01 2026\n  777   501 Z    Mon Nov  3 09:12:05 2026\n\n';
    expect(parsePs(text)).toEqual([
      { pid: 501, group: 501, session: 501, zombie: false, paused: false, start_time: 'Mon Nov 3 09:12:01 2026' },
      { pid: 777, group: 501, session: 501, zombie: true, paused: false, start_time: 'Mon Nov 3 09:12:05 2026' },
    ]);
  });
});

describe('lookUp', () => {
  it('returns the same for a process each time, and undefined for one that does not exist', async () => {
    const own = await lookUp(process.pid);
    expect(own).toMatchObject({ pid: process.pid, zombie: false });
    expect(await lookUp(process.pid)).toEqual(own);
    expect(await lookUp(2 ** 22 + 1)).toBeUndefined();
    expect((await scan()).find(({ pid }) => pid === process.pid)).toMatchObject({ start_time: own?.start_time });
  });
});
