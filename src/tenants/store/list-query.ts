import type { Phase } from '../model/tenant.ts';

export interface ListQuery {
  provider?: string | undefined;
  phase?: Phase | undefined;
  labels?: Readonly<Record<string, string>> | undefined;
  limit: number;
  cursor?: string | undefined;
  /** Who asks: a cursor is good for them only. */
  caller: string;
}
