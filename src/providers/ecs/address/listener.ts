import { ProviderFailedError } from '../../../compute/errors.ts';
import { nameOf } from '../api/aws-error.ts';
import type { ProviderContext } from '../provider-context.ts';

/** A listener of an Application Load Balancer. */
export interface Listener {
  arn: string;
  /** In lower-case letters. */
  protocol: string;
  port: number;
  loadBalancer: string;
}

/** Reads a listener. Throws where it does not exist, or does not take HTTP. */
export async function readListener(
  { send, provider }: Pick<ProviderContext, 'send' | 'provider'>,
  arn: string,
): Promise<Listener> {
  const found = await findListener({ send }, arn);
  if (!found) throw refusal(`the listener ${arn} of ${provider} does not exist`);
  if (found.protocol !== 'http' && found.protocol !== 'https') {
    throw refusal(`the listener ${arn} of ${provider} takes ${found.protocol}, and a host needs HTTP or HTTPS`);
  }
  return found;
}

/** Reads a listener, whatever it takes. Returns undefined where it does not exist. */
export async function findListener(
  { send }: Pick<ProviderContext, 'send'>,
  arn: string,
): Promise<Listener | undefined> {
  try {
    const { Listeners = [] } = await send('DescribeListeners', { ListenerArns: [arn] });
    const [{ Protocol = '', Port = 0, LoadBalancerArn = '' } = {}] = Listeners;
    return { arn, protocol: Protocol.toLowerCase(), port: Port, loadBalancer: LoadBalancerArn };
  } catch (error) {
    if (nameOf(error) === 'ListenerNotFoundException') return undefined;
    throw error;
  }
}

/** Returns the VPC of a load balancer, in which its target groups have to be. */
export async function vpcOf(
  { send, provider }: Pick<ProviderContext, 'send' | 'provider'>,
  { loadBalancer }: Listener,
): Promise<string> {
  const { LoadBalancers = [] } = await send('DescribeLoadBalancers', { LoadBalancerArns: [loadBalancer] });
  const vpc = LoadBalancers[0]?.VpcId;
  if (vpc === undefined) throw refusal(`the load balancer ${loadBalancer} of ${provider} does not exist`);
  return vpc;
}

/** Returns the URL of a host on a listener. */
export function urlOf({ protocol, port }: Pick<Listener, 'protocol' | 'port'>, host: string): string {
  const isDefault = port === (protocol === 'https' ? 443 : 80);
  return `${protocol}://${host}${isDefault ? '' : `:${port}`}`;
}

function refusal(message: string): ProviderFailedError {
  const hint = 'The operator has to correct load_balancer.listener_arn in the defaults of this provider.';
  return new ProviderFailedError(message, { hint, retryable: false });
}
