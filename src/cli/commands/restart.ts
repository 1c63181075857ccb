import { controlTenants } from '../changes/control-tenants.ts';
import type { Invocation } from '../command.ts';
import type { Session } from '../session.ts';

export function run(session: Session, invocation: Invocation): Promise<number> {
  return controlTenants(session, 'restart', invocation);
}
