import type { ComponentType } from 'preact';
import type { RoomName } from './rooms.ts';

/** Loads the code of a room, which is a file of its own. A room without a row does not compile. */
export const loadRoom: Readonly<Record<RoomName, () => Promise<ComponentType>>> = {
  fleet: async () => (await import('./rooms/fleet/fleet-room.tsx')).FleetRoom,
  tenant: async () => (await import('./rooms/tenant/tenant-room.tsx')).TenantRoom,
  change: async () => (await import('./rooms/change/change-room.tsx')).ChangeRoom,
  logs: async () => (await import('./rooms/logs/logs-room.tsx')).LogsRoom,
  history: async () => (await import('./rooms/history/history-room.tsx')).HistoryRoom,
  rollouts: async () => (await import('./rooms/rollouts/rollouts-room.tsx')).RolloutsRoom,
  rollout: async () => (await import('./rooms/rollout/rollout-room.tsx')).RolloutRoom,
  activity: async () => (await import('./rooms/activity/activity-room.tsx')).ActivityRoom,
};
