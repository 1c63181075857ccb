import { expect, test } from 'vitest';
import { announcementDetails } from '../../../src/tenants/model/announcement.ts';
import { OPERATION_TYPES, operationKinds } from '../../../src/tenants/model/operation-kinds.ts';
import { PHASES, phases } from '../../../src/tenants/model/phases.ts';

test.each(OPERATION_TYPES)('%s runs in phases with a provider call and ends in one without', (type) => {
  const { runsIn, endsIn } = operationKinds[type];
  expect(phases[runsIn.notServing].call).toBeDefined();
  expect(phases[runsIn.serving].call).toBeDefined();
  expect(phases[endsIn].call).toBeUndefined();
});

test.each(OPERATION_TYPES)('%s announces its end with detail types that have a schema', (type) => {
  const { success, failure } = operationKinds[type].announces;
  expect(Object.keys(announcementDetails)).toEqual(expect.arrayContaining([success, failure]));
});

test('every phase belongs to an operation, as the phase it runs in, or as one it ends in', () => {
  const used = Object.values(operationKinds).flatMap(({ runsIn, endsIn }) => [...Object.values(runsIn), endsIn]);
  expect(new Set([...used, 'failed'])).toEqual(new Set(PHASES));
});
