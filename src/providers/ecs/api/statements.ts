import { OWNER, OWNER_LABEL, PROVIDER_LABEL } from '../../../compute/labels.ts';
import type { PermissionStatement } from '../../../compute/permissions.ts';

export const UNBOUND = 'IAM cannot bind it to a resource';

/** Returns the condition that a resource carries, or is given, Berth's tags for a provider. */
export function withTags(source: 'RequestTag' | 'ResourceTag', { provider }: { provider: string }) {
  return {
    StringEquals: { [`aws:${source}/${OWNER_LABEL}`]: OWNER, [`aws:${source}/${PROVIDER_LABEL}`]: provider },
  };
}

type Conditions = PermissionStatement['conditions'];

export function statement(
  reason: string,
  actions: string,
  resources: string | readonly string[],
  conditions?: Conditions,
) {
  return { reason, actions: actions.split(' '), resources: [resources].flat(), ...(conditions && { conditions }) };
}
