import { describe, expect, test } from 'vitest';
import { addMs } from '../../../src/tenants/clock.ts';
import type { Round } from '../../../src/tenants/watch/round.ts';
import { shownHealth } from '../../../src/tenants/watch/shown-health.ts';

const DAWN = '2026-11-24T00:00:00.000Z';
const at = (seconds: number) => addMs(DAWN, seconds * 1000);

const tenant = {
  tenant_id: 'acme',
  health: 'healthy' as const,
  observed_at: DAWN,
  restart_count: 2,
  updated_at: DAWN,
  watched: 'settled' as const,
};

function round(overrides: Partial<Round> = {}): Round {
  return { next_at: 0, pause_ms: 3_000, every_ms: 3_000, at: at(60), excluded: [], ...overrides };
}

describe('the health that is shown', () => {
  test('was observed when the latest complete round began', () => {
    const shown = { health: 'healthy', observed_at: at(60), restart_count: 2 };
    expect(shownHealth(tenant, round(), at(62))).toEqual(shown);
  });

  test.each([
    ['that the round could not look at', tenant, round({ excluded: ['acme'] })],
    ['that changed after the round began', { ...tenant, updated_at: at(61) }, round()],
    ['whose provider could not be asked', { ...tenant, watched: 'unreachable' as const }, round()],
    ['whose provider had no complete round', tenant, round({ at: undefined })],
    ['whose provider had a round only while the clock was ahead', tenant, round({ at: at(7200) })],
  ])('is that of the look on record, for a tenant %s', (_, one, latest) => {
    expect(shownHealth(one, latest, at(62)).observed_at).toBe(DAWN);
  });

  test('was observed by the look on record where that is later than the round', () => {
    expect(shownHealth({ ...tenant, observed_at: at(61) }, round(), at(62)).observed_at).toBe(at(61));
  });

  test('is unknown of a tenant at which there was no look', () => {
    const never = { ...tenant, health: 'unknown' as const, observed_at: null, watched: 'unsettled' as const };
    expect(shownHealth(never, round(), at(62))).toEqual({ health: 'unknown', observed_at: null, restart_count: 2 });
  });

  test('is unknown, with the time of the latest look, where rounds ceased', () => {
    expect(shownHealth(tenant, round(), at(3600))).toMatchObject({ health: 'unknown', observed_at: at(60) });
  });

  test('is unknown where nothing of the tenant should run', () => {
    const stopped = { ...tenant, watched: undefined };
    expect(shownHealth(stopped, round(), at(62))).toEqual({ health: 'unknown', observed_at: null, restart_count: 2 });
  });

  test('is not that of a time in the future', () => {
    expect(shownHealth({ ...tenant, observed_at: at(7200) }, undefined, at(62)).observed_at).toBeNull();
  });

  test('is that of the latest round, although the tenant was written while a clock was ahead', () => {
    const early = { ...tenant, observed_at: at(7200), updated_at: at(7200) };
    expect(shownHealth(early, round(), at(62))).toMatchObject({ health: 'healthy', observed_at: at(60) });
  });
});
