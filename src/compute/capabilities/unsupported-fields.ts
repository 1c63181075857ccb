import type { Issue } from '../errors.ts';
import { capabilitiesOf, type Provider } from '../provider.ts';
import type { TenantComputeSpec } from '../spec/spec.ts';
import { hasStartOrder } from '../start-order/start-order.ts';
import { volumeIssues } from '../volumes/volumes.ts';

/**
 * Returns an issue for each field that needs a capability which the provider lacks. It would ignore the field, and the
 * tenant would start in another order, or lose its data.
 */
export function unsupportedIssues(spec: TenantComputeSpec, provider: Provider): Issue[] {
  const { start_order, volumes } = capabilitiesOf(provider);
  return [
    ...(start_order || !hasStartOrder(spec.containers) ? [] : startOrderIssues(spec, provider.name)),
    ...(volumes
      ? []
      : volumeIssues(spec, `provider ${provider.name} keeps no volumes; remove them, or choose a provider that does`)),
  ];
}

function startOrderIssues({ containers }: TenantComputeSpec, provider: string): Issue[] {
  const message = `provider ${provider} starts all containers at once and keeps them running; remove this field`;
  return containers.flatMap(({ run, after = [] }, index) => [
    ...(run === 'once' ? [{ pointer: `/containers/${index}/run`, message }] : []),
    ...(after.length > 0 ? [{ pointer: `/containers/${index}/after`, message }] : []),
  ]);
}
