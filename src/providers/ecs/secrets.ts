import { type Issue, toPointer } from '../../compute/errors.ts';
import type { SecretReference, TenantComputeSpec } from '../../compute/spec/spec.ts';
import type { EcsConfig } from './config.ts';
import { type ClusterAddress, parseClusterArn } from './names.ts';
import { SECRET_SOURCES } from './settings.ts';
import { isAllowed } from './tenant-permissions.ts';

const PARAMETER_NAME = /^[A-Za-z0-9_./-]{1,1011}$/;
/** The name of a secret, optionally followed by `:json-key:version-stage:version-id`. */
const SECRET_KEY = /^([A-Za-z0-9/_+=.@-]{1,512})((?::[^:]{0,128}){0,3})$/;

/**
 * Secrets Manager appends a hyphen and six characters to the name in an ARN. In an ARN without them, it reads the end of
 * such a name as that suffix, and does not find the secret:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
const RANDOM_SUFFIX = /-[A-Za-z0-9]{6}$/;
const AMBIGUOUS_NAME =
  'must have the complete ARN as its key: the name ends in a hyphen and six characters, like the suffix of an ARN';

type Resolution = { valueFrom: string } | { field: 'source' | 'key'; problem: string };

/** Maps the secret references of a specification that passed `secretIssues`. */
export function toEcsSecrets(spec: TenantComputeSpec, config: EcsConfig): { name: string; valueFrom: string }[] {
  return (spec.secrets ?? []).flatMap((reference) => {
    const resolved = resolve(reference, spec.tenant_id, config);
    return 'valueFrom' in resolved ? [{ name: reference.env_var, valueFrom: resolved.valueFrom }] : [];
  });
}

/** Returns the references that are malformed, or that name a secret which the tenant may not read. */
export function secretIssues(spec: TenantComputeSpec, config: EcsConfig): Issue[] {
  return (spec.secrets ?? []).flatMap((reference, index) => {
    const resolved = resolve(reference, spec.tenant_id, config);
    if ('valueFrom' in resolved) return [];
    const message = `secret ${reference.name} ${resolved.problem}`;
    return [{ pointer: toPointer(['secrets', index, resolved.field]), message }];
  });
}

function resolve({ source, key }: SecretReference, tenantId: string, config: EcsConfig): Resolution {
  const cluster = parseClusterArn(config.cluster_arn);
  if (!cluster) return { field: 'source', problem: 'cannot be read without a cluster' };
  if (source === 'aws-ssm') return resolveParameter(key, tenantId, config, cluster);
  if (source === 'aws-secrets-manager') return resolveSecret(key, tenantId, config, cluster);
  return { field: 'source', problem: `must have one of the sources ${SECRET_SOURCES.join(', ')}` };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html */
function resolveParameter(key: string, tenantId: string, { allow }: EcsConfig, cluster: ClusterAddress): Resolution {
  const base = `arn:${cluster.partition}:ssm:${cluster.region}:${cluster.account}:parameter`;
  const name = key.startsWith(`${base}/`) ? key.slice(base.length) : key;
  if (!PARAMETER_NAME.test(name)) return malformed('the name of a parameter', cluster);
  // The ARN of the parameter `a` ends in `parameter/a`, that of `/a/b` in `parameter/a/b`.
  // Only the name of a hierarchy has a leading slash.
  const isHierarchy = name.startsWith('/') && name.indexOf('/', 1) > 0;
  const plain = name.startsWith('/') && !isHierarchy ? name.slice(1) : name;
  if (!isAllowed(name, allow.secrets, tenantId) && !isAllowed(plain, allow.secrets, tenantId)) return forbidden(allow);
  return { valueFrom: plain.startsWith('/') ? base + plain : `${base}/${plain}` };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html */
function resolveSecret(key: string, tenantId: string, { allow }: EcsConfig, cluster: ClusterAddress): Resolution {
  const base = `arn:${cluster.partition}:secretsmanager:${cluster.region}:${cluster.account}:secret:`;
  const [, name = '', suffix = ''] = SECRET_KEY.exec(key.startsWith(base) ? key.slice(base.length) : key) ?? [];
  if (name === '') return malformed('the name of a secret', cluster);
  if (!isAllowed(name, allow.secrets, tenantId)) return forbidden(allow);
  if (!key.startsWith(base) && RANDOM_SUFFIX.test(name)) return { field: 'key', problem: AMBIGUOUS_NAME };
  // ECS reads JSON key, version stage and version id by position: it requires all three colons, or none.
  const missing = suffix === '' ? 0 : 4 - suffix.split(':').length;
  return { valueFrom: base + name + suffix + ':'.repeat(missing) };
}

/** Returns true if a key of Secrets Manager names a JSON key, a stage or a version. */
export function hasJsonKey(key: string): boolean {
  const name = key.startsWith('arn:') ? key.split(':').slice(6).join(':') : key;
  return name.includes(':');
}

function malformed(what: string, { account, region }: ClusterAddress): Resolution {
  return { field: 'key', problem: `must have as its key ${what} or its ARN, of account ${account} in ${region}` };
}

function forbidden({ secrets }: EcsConfig['allow']): Resolution {
  return {
    field: 'key',
    problem: `is not one that the tenant may read: the operator allows ${secrets.join(', ') || 'none'}`,
  };
}
