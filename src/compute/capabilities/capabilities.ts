import * as z from 'zod';

/** The capabilities of a provider, as the conformance suite and the API read them. See also `defaultCapabilities`. */
export const Capabilities = z.object({
  /** The types of health checks that it runs. */
  health_checks: z.array(z.enum(['http', 'tcp', 'exec'])).default(['http', 'tcp', 'exec']),
  /** The sources of `secrets[]` that it resolves. */
  secret_sources: z.array(z.string()).default([]),
  /** It runs `image`. A provider without this capability runs `command` alone. */
  images: z.boolean().default(true),
  /** It enforces limits of CPU and memory. */
  resource_limits: z.boolean().default(true),
  /** A tenant reaches other tenants' containers only on published ports. */
  network_isolation: z.boolean().default(true),
  /** It publishes ports on `host_port`. */
  host_ports: z.boolean().default(false),
  /** It implements `logs`. */
  logs: z.boolean().default(false),
  /** It implements `stop`, and restarts a tenant that serves. */
  stop: z.boolean().default(false),
  /** It acts on `run` and `after` of containers. A specification that has them is refused without this capability. */
  start_order: z.boolean().default(false),
  /** It implements `exec`, and the operator's settings allow it. */
  exec: z.boolean().default(false),
  /** It keeps the volumes of tenants. A provider without this capability refuses specifications that mount some. */
  volumes: z.boolean().default(false),
  /** A new version may wait for approval before it takes over, by its settings. It implements `approve`. */
  approval: z.boolean().default(false),
});
export type Capabilities = z.infer<typeof Capabilities>;
