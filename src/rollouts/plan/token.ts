import { SelectionChangedError } from '../../compute/errors.ts';
import { hashJson } from '../../compute/spec/json.ts';
import type { RolloutSpec } from '../model/rollout.ts';

const TOKEN = /^([0-9a-f]{32})\.([0-9a-f]{32})$/;

/** Returns the token of a plan: what was planned, and for which tenants at which revisions. */
export function tokenOf(spec: RolloutSpec, selection: string): string {
  return `${digestOf(spec)}.${selection}`;
}

/** Returns the digest of the selection that a plan showed. Throws `SelectionChangedError` for a token of another plan. */
export function selectionIn(token: string, spec: RolloutSpec): string {
  const [, planned, selection] = TOKEN.exec(token) ?? [];
  if (planned === digestOf(spec) && selection !== undefined) return selection;
  throw new SelectionChangedError('the token is of another plan: the selection, the change or the waves differ');
}

/** A plan depends on who is changed, how, and in which waves. */
function digestOf({ select, change, waves }: RolloutSpec): string {
  return hashJson({ select, change, waves });
}
