export interface Room {
  /** The name of its folder in `rooms/`. */
  name: string;
  title: string;
  /** A pattern of preact-iso. Rooms of a tenant begin with `/console/tenants/:tenant_id`. */
  path: string;
  /** Where the room is linked: in the bar, as a tab of a tenant, or only from where it is needed. */
  place: 'bar' | 'tenant' | 'linked';
}

/** Every room, in the order of the navigation. `load-rooms.ts` has a row for each, too. */
export const rooms = [
  { name: 'fleet', title: 'Fleet', path: '/console/', place: 'bar' },
  { name: 'tenant', title: 'Overview', path: '/console/tenants/:tenant_id', place: 'tenant' },
  { name: 'change', title: 'Change', path: '/console/tenants/:tenant_id/change', place: 'tenant' },
  { name: 'logs', title: 'Logs', path: '/console/tenants/:tenant_id/logs', place: 'tenant' },
  { name: 'history', title: 'History', path: '/console/tenants/:tenant_id/history', place: 'tenant' },
  { name: 'rollouts', title: 'Rollouts', path: '/console/rollouts', place: 'bar' },
  { name: 'rollout', title: 'Rollout', path: '/console/rollouts/:rollout_id', place: 'linked' },
  { name: 'activity', title: 'Activity', path: '/console/activity', place: 'bar' },
] as const satisfies readonly Room[];

export type RoomName = (typeof rooms)[number]['name'];

/** Returns the room of a name, if there is one. */
export function findRoom(name: string): Room | undefined {
  return rooms.find((room) => room.name === name);
}

/** Returns the address of a room of a tenant. */
export function tenantPath({ path }: Pick<Room, 'path'>, tenantId: string): string {
  return path.replace(':tenant_id', encodeURIComponent(tenantId));
}
