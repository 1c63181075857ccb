import type { ProviderContext } from '../provider-context.ts';
import type { Plan } from '../rollout/plan.ts';
import { connectTo } from './gateway.ts';

/** Completes a plan with what only AWS knows of the address: the access type of its gateway. */
export async function withAddress(context: ProviderContext, plan: Plan): Promise<Plan> {
  const [connector] = plan.service.gatewayConnectors ?? [];
  if (!connector) return plan;
  return { ...plan, service: { ...plan.service, gatewayConnectors: await connectTo(context, connector) } };
}
