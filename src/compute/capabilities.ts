import * as z from 'zod';

/**
 * What a provider can do, as data: the conformance suite and the API read it. What is not said is as in `defaultCapabilities`.
 */
export const Capabilities = z.object({
  /** Health checks it runs. */
  health_checks: z.array(z.enum(['http', 'tcp', 'exec'])).default(['http', 'tcp', 'exec']),
  /** Sources of `secrets[]` it resolves. */
  secret_sources: z.array(z.string()).default([]),
  /** An image is needed and used. Without it, `command` is what runs. */
  images: z.boolean().default(true),
  /** CPU and memory limits are enforced, not just recorded. */
  resource_limits: z.boolean().default(true),
  /** A tenant cannot reach another tenant's containers unless they publish a port. */
  network_isolation: z.boolean().default(true),
  /** `host_port` is honoured. */
  host_ports: z.boolean().default(false),
  /** `logs` gives what the containers write. */
  logs: z.boolean().default(false),
});
export type Capabilities = z.infer<typeof Capabilities>;
