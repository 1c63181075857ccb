import { type App, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { EcsSettings } from '../../src/providers/catalog.ts';
import type { AppContext } from '../context.ts';
import { type ProviderSettings, SettingsError } from '../settings.ts';
import type { FabricDomain } from './balancer.ts';
import { EcsFabric } from './ecs-fabric.ts';

/** The provider whose tenants run in the fabric of the app. */
const PROVIDER = 'ecs';

/**
 * Makes the stack of the fabric, and returns the providers of the app with the one whose tenants run there. Settings that
 * the context has for this provider go with those of the fabric.
 */
export function createFabricStack(
  app: App,
  { installation, providers, fabric, log_retention_days }: AppContext,
): { stack: Stack; providers: ProviderSettings } {
  const { type = PROVIDER, ...settings } = providers[PROVIDER] ?? {};
  const mistake =
    'cluster_arn' in settings ? 'cluster_arn is that of the fabric' : type !== PROVIDER && 'type must be ecs';
  if (mistake) {
    throw new SettingsError('The fabric makes the provider ecs:', [
      `providers/${PROVIDER}: ${mistake}. Correct it, or give this provider another name`,
    ]);
  }
  const stack = new Stack(app, `${installation}Fabric`, {
    description: 'Berth: network, cluster and addresses of tenants',
    terminationProtection: true,
  });
  const made = new EcsFabric(stack, 'Default', {
    domain: fabric?.domain && domainOf(stack, fabric.domain),
    repositories: fabric?.repositories,
    logRetention: log_retention_days,
  });
  return { stack, providers: { ...providers, [PROVIDER]: made.provider(settings as Partial<EcsSettings>) } };
}

type DomainContext = NonNullable<NonNullable<AppContext['fabric']>['domain']>;

/** Imports zone and certificate by id and ARN: a lookup by name needs network access at synthesis. */
function domainOf(scope: Construct, { name, zone, certificate_arn }: DomainContext): FabricDomain {
  return {
    name,
    zone:
      zone && HostedZone.fromHostedZoneAttributes(scope, 'Zone', { hostedZoneId: zone.zone_id, zoneName: zone.name }),
    certificate:
      certificate_arn === undefined ? undefined : Certificate.fromCertificateArn(scope, 'Certificate', certificate_arn),
  };
}
