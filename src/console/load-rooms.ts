import type { ComponentType } from 'preact';
import type { RoomName } from './rooms.ts';

/** Loads the code of a room, which is a file of its own. A room without a row does not compile. */
export const loadRoom: Readonly<Record<RoomName, () => Promise<ComponentType>>> = {
  fleet: async () => (await import('./rooms/fleet/fleet-room.tsx')).FleetRoom,
  tenant: async () => (await import('./rooms/tenant/tenant-room.tsx')).TenantRoom,
  change: async () => (await import('./rooms/change/change-room.tsx')).ChangeRoom,
};
