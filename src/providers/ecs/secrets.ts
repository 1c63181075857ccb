import { type Issue, toPointer } from '../../compute/errors.ts';
import type { SecretReference, TenantComputeSpec } from '../../compute/spec/spec.ts';
import { isAllowed } from './allow-list.ts';
import type { EcsConfig } from './config.ts';
import { type ClusterAddress, parseClusterArn } from './names.ts';

/** Where ECS reads secrets from itself, with the execution role, when it starts a task. Berth never sees a value. */
export const SECRET_SOURCES = ['aws-secrets-manager', 'aws-ssm'] as const;

const PARAMETER_NAME = /^[A-Za-z0-9_./-]{1,1011}$/;
/** The name of a secret, and after colons which JSON key, version stage and version of it. */
const SECRET_KEY = /^([A-Za-z0-9/_+=.@-]{1,512})((?::[^:]{0,128}){0,3})$/;

type Resolved = { valueFrom: string } | { field: 'source' | 'key'; problem: string };

/** What the references of a specification are in a task definition. Call it once `secretIssues` has none. */
export function toEcsSecrets(spec: TenantComputeSpec, config: EcsConfig): { name: string; valueFrom: string }[] {
  return (spec.secrets ?? []).flatMap((reference) => {
    const resolved = resolve(reference, spec.tenant_id, config);
    return 'valueFrom' in resolved ? [{ name: reference.env_var, valueFrom: resolved.valueFrom }] : [];
  });
}

/** What is wrong with the references: above all a secret that is not the tenant's. */
export function secretIssues(spec: TenantComputeSpec, config: EcsConfig): Issue[] {
  return (spec.secrets ?? []).flatMap((reference, index) => {
    const resolved = resolve(reference, spec.tenant_id, config);
    if ('valueFrom' in resolved) return [];
    const message = `secret ${reference.name} ${resolved.problem}`;
    return [{ pointer: toPointer(['secrets', index, resolved.field]), message }];
  });
}

function resolve({ source, key }: SecretReference, tenantId: string, config: EcsConfig): Resolved {
  const cluster = parseClusterArn(config.cluster_arn);
  if (!cluster) return { field: 'source', problem: 'cannot be read without a cluster' };
  if (source === 'aws-ssm') return resolveParameter(key, tenantId, config, cluster);
  if (source === 'aws-secrets-manager') return resolveSecret(key, tenantId, config, cluster);
  return { field: 'source', problem: `must have one of the sources ${SECRET_SOURCES.join(', ')}` };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html */
function resolveParameter(key: string, tenantId: string, { allow }: EcsConfig, cluster: ClusterAddress): Resolved {
  const base = `arn:${cluster.partition}:ssm:${cluster.region}:${cluster.account}:parameter`;
  const name = key.startsWith(`${base}/`) ? key.slice(base.length) : key;
  if (!PARAMETER_NAME.test(name)) return badKey('the name of a parameter', cluster);
  // In an ARN, `/a/b` and `a/b` are the same parameter only for hierarchies: a plain name has no slash before it.
  const isHierarchy = name.startsWith('/') && name.indexOf('/', 1) > 0;
  const plain = name.startsWith('/') && !isHierarchy ? name.slice(1) : name;
  if (!isAllowed(name, allow.secrets, tenantId) && !isAllowed(plain, allow.secrets, tenantId)) return notAllowed(allow);
  return { valueFrom: plain.startsWith('/') ? base + plain : `${base}/${plain}` };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html */
function resolveSecret(key: string, tenantId: string, { allow }: EcsConfig, cluster: ClusterAddress): Resolved {
  const base = `arn:${cluster.partition}:secretsmanager:${cluster.region}:${cluster.account}:secret:`;
  const [, name = '', suffix = ''] = SECRET_KEY.exec(key.startsWith(base) ? key.slice(base.length) : key) ?? [];
  if (name === '') return badKey('the name of a secret', cluster);
  if (!isAllowed(name, allow.secrets, tenantId)) return notAllowed(allow);
  // Which JSON key, stage and version are told by position, so all three colons have to be there or none.
  return {
    valueFrom: base + name + (suffix === '' ? '' : suffix.padEnd(suffix.length + 4 - suffix.split(':').length, ':')),
  };
}

function badKey(what: string, { account, region }: ClusterAddress): Resolved {
  return { field: 'key', problem: `must have as its key ${what} or its ARN, of account ${account} in ${region}` };
}

function notAllowed({ secrets }: EcsConfig['allow']): Resolved {
  return {
    field: 'key',
    problem: `is not one the tenant may read: the operator allows ${secrets.join(', ') || 'none'}`,
  };
}
