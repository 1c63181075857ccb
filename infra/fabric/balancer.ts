import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  IpAddressType,
  ListenerAction,
  SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { ARecord, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { LoadBalancerTarget } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { SettingsError } from '../settings.ts';
import type { Network } from './network.ts';

/** The domain below which tenants have their hosts. It needs a zone or a certificate. */
export interface FabricDomain {
  /** Such as `apps.example.com`; a tenant then has the host `{tenant_id}.apps.example.com`. */
  name: string;
  /** The hosted zone of the name: gets the records that lead to the load balancer and that prove the certificate. */
  zone?: IHostedZone | undefined;
  /** A certificate for `*.<name>`. Default: a new one, proved in the zone. */
  certificate?: ICertificate | undefined;
}

/** A load balancer with TLS, on whose listener Berth makes a rule for each tenant. */
export class TenantBalancer extends Construct {
  readonly balancer: ApplicationLoadBalancer;
  readonly listener: ApplicationListener;

  constructor(scope: Construct, id: string, { domain, network }: { domain: FabricDomain; network: Network }) {
    super(scope, id);
    const { name, zone } = domain;
    this.balancer = new ApplicationLoadBalancer(this, 'Balancer', {
      vpc: network.vpc,
      vpcSubnets: network.balancerSubnets,
      securityGroup: network.balancers,
      internetFacing: network.isPublic,
      ipAddressType: IpAddressType.IPV4,
      dropInvalidHeaderFields: true,
    });
    acknowledge(this.balancer, {
      'AwsSolutions-ELB2': 'access logs need a bucket of a region that is known at synthesis: the team adds them to it',
    });
    this.listener = new ApplicationListener(this, 'Https', {
      loadBalancer: this.balancer,
      protocol: ApplicationProtocol.HTTPS,
      sslPolicy: SslPolicy.RECOMMENDED_TLS,
      certificates: [this.#certificate(domain)],
      defaultAction: ListenerAction.fixedResponse(404, { contentType: 'text/plain', messageBody: 'no such tenant\n' }),
      // The security group of the balancers has this rule already.
      open: false,
    });
    if (zone) {
      const target = RecordTarget.fromAlias(new LoadBalancerTarget(this.balancer));
      new ARecord(this, 'Hosts', { zone, recordName: `*.${name}`, target });
    }
  }

  #certificate({ name, zone, certificate }: FabricDomain): ICertificate {
    if (certificate) return certificate;
    if (zone) {
      const validation = CertificateValidation.fromDns(zone);
      return new Certificate(this, 'Certificate', { domainName: `*.${name}`, validation });
    }
    throw new SettingsError('The domain of the fabric is incomplete:', [
      `domain: needs the hosted zone of ${name}, or a certificate for *.${name}`,
    ]);
  }
}
