import type { Capabilities } from '../../src/compute/capabilities/capabilities.ts';
import type {
  ContainerSpec,
  HealthCheck,
  Networking,
  Resources,
  TenantComputeSpec,
} from '../../src/compute/spec/spec.ts';

/** An optional field of a specification that a provider may ignore, if it warns of that. */
interface FieldCase {
  /** Returns a specification with the field set. */
  set(spec: TenantComputeSpec): TenantComputeSpec;
  /** Texts that a warning of the field contains. */
  mentions: readonly string[];
  /** True for a field of containers: a warning then contains the name of the container too. */
  ofContainer?: boolean;
  /** Returns whether the provider honours the field, if its capabilities tell. Without it, the subject declares that. */
  honoured?: (capabilities: Capabilities) => boolean;
}

const own = { cpu: 128, memory: 128 };
const timing = { interval_seconds: 10, timeout_seconds: 4, healthy_threshold: 1, unhealthy_threshold: 3 };

/** Fields by their path. A refusal of a field counts as telling the user, too. */
export const ignorableFields = {
  'networking.public_ip': network({ public_ip: true }),
  'networking.security_groups': network({ security_groups: ['sg-0bbbbbbb'] }),
  'networking.subnets': network({ subnets: ['subnet-0bbbbbbb'] }),
  'networking.hostname': network({ hostname: 'shop.example.com' }),
  'resources.storage': {
    set: (spec) => ({ ...spec, resources: { ...spec.resources, storage: 30_000 } }),
    mentions: ['resources.storage'],
  },
  'containers.resources': {
    ...container({ resources: own }),
    mentions: ['resources'],
    honoured: ({ resource_limits }) => resource_limits,
  },
  'containers.resources.storage': {
    set: (spec) => withFirst(spec, { resources: { ...own, storage: 1024 } satisfies Resources }),
    mentions: ['resources.storage'],
  },
  'containers.ports.host_port': {
    set: (spec) => withFirst(spec, { ports: [{ container_port: 8080, host_port: 18_080, protocol: 'tcp' }] }),
    mentions: ['host_port'],
    ofContainer: true,
    honoured: ({ host_ports }) => host_ports,
  },
  'containers.volumes.read_only': {
    ...container({ volumes: [{ name: 'data', path: '/data', read_only: true }] }),
    mentions: ['volumes.read_only'],
  },
  // Whatever the provider: these fields belong to another type of check.
  'containers.health_check.command': check({ type: 'tcp', port: 8080, command: ['true'] }, 'command'),
  'containers.health_check.http_path': check({ type: 'tcp', port: 8080, http_path: '/health' }, 'http_path'),
  'containers.health_check.port': check({ type: 'exec', command: ['true'], port: 8080 }, 'port'),
} as const satisfies Record<string, FieldCase>;

export type IgnorableField = keyof typeof ignorableFields;

/** The fields with their cases, as entries. */
export const fieldCases = Object.entries(ignorableFields) as [IgnorableField, FieldCase][];

function network(networking: Networking): FieldCase {
  const [field] = Object.keys(networking);
  return { set: (spec) => ({ ...spec, networking }), mentions: [`networking.${field}`] };
}

function check(health_check: Pick<HealthCheck, 'type'> & Partial<HealthCheck>, field: keyof HealthCheck): FieldCase {
  const health = { ...timing, ...health_check };
  return { ...container({ health_check: health }), mentions: [`health_check.${field}`], honoured: () => false };
}

function container(fields: Partial<ContainerSpec>) {
  return { set: (spec: TenantComputeSpec) => withFirst(spec, fields), ofContainer: true };
}

function withFirst(spec: TenantComputeSpec, fields: Partial<ContainerSpec>): TenantComputeSpec {
  const containers = spec.containers.map((one, index) => (index === 0 ? { ...one, ...fields } : one));
  return { ...spec, containers };
}
