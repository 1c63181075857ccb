import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { PermissionStatement } from '../../src/compute/permissions.ts';
import { ANNOUNCEMENT_SOURCE } from '../../src/tenants/model/announcing.ts';

/** Who announces: what ended, and what was refused before it began. */
const announcing: ReadonlySet<string> = new Set(['on-tenant-changed', 'on-tenant-requested']);

/** Environment and permission of whoever announces, in one; nothing for everybody else. */
export function busAccess(operation: string, bus: IEventBus) {
  if (!announcing.has(operation)) return { environment: {}, permissions: [] };
  const statement: PermissionStatement = {
    reason: 'announces, and only as Berth',
    actions: ['events:PutEvents'],
    resources: [bus.eventBusArn],
    // Of a call with several entries, all: the key has as many values as there are sources.
    conditions: { 'ForAllValues:StringEquals': { 'events:source': ANNOUNCEMENT_SOURCE } },
  };
  return { environment: { BERTH_EVENT_BUS: bus.eventBusName }, permissions: [statement] };
}
