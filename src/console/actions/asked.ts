import { signal } from '@preact/signals';
import type { Tenant } from '../api/types.ts';
import type { ActionName } from './possible.ts';

/** A change that a person asked for and has yet to confirm. */
export interface Asked {
  name: ActionName;
  /** As it was on the screen: the change is refused if the tenant has another revision by now. */
  tenant: Tenant;
  /** Of a rollback: the revision to return to. */
  revision?: number | undefined;
}

/** The change whose dialog is open. `shell/tenant-frame.tsx` draws it. */
export const asked = signal<Asked | undefined>(undefined);

/** Opens the dialog of a change. */
export function ask(change: Asked): void {
  asked.value = change;
}
