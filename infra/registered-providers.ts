import type { EventPattern } from 'aws-cdk-lib/aws-events';
import type { ProviderDescriptor } from '../src/compute/descriptor/descriptor.ts';
import type { PermissionStatement, ProviderOperation, RegisteredSettings } from '../src/compute/permissions.ts';
import { loadType } from '../src/providers/provider-modules.ts';
import type { ProviderSettings } from './settings.ts';

/** A provider of the installation: its settings, and the descriptor of its type. */
export interface RegisteredProvider extends RegisteredSettings {
  type: string;
  descriptor: ProviderDescriptor;
}

/** Returns the providers with their descriptors. `checkProviders` has to have accepted them. */
export function registeredProviders(providers: ProviderSettings): RegisteredProvider[] {
  return Object.entries(providers).map(([name, { type, orphan_policy: _, ...defaults }]) => {
    const { descriptor, mistake } = loadType(type);
    if (mistake !== undefined) throw new Error(`providers/${name}: ${mistake}`);
    return { name, type, defaults, descriptor };
  });
}

/** Returns the permissions that calls of a provider need. */
export function permissionsFor(
  { name, defaults, descriptor: { permissions = [] } }: RegisteredProvider,
  calls: readonly ProviderOperation[],
): PermissionStatement[] {
  if (typeof permissions === 'function') return calls.flatMap((call) => permissions(call, { name, defaults }));
  return calls.length > 0 ? [...permissions] : [];
}

/** Returns the providers whose backends send events about tenants, each with the pattern of its events. */
export function providersWithEvents(providers: ProviderSettings): { provider: string; pattern: EventPattern }[] {
  return registeredProviders(providers).flatMap(({ name, defaults, descriptor: { events } }) => {
    const found = typeof events === 'function' ? events({ name, defaults }) : events;
    if (!found) return [];
    const { 'detail-type': detailType, resources, ...pattern } = found;
    // CDK passes the matchers of EventBridge, such as { prefix }, through. Its type allows strings only.
    const matchers = resources as string[] | undefined;
    return [
      { provider: name, pattern: { ...pattern, detailType, ...(matchers && { resources: matchers }) } as EventPattern },
    ];
  });
}
