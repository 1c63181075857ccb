import { Effect, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { PermissionStatement } from '../../src/compute/permissions.ts';
import { acknowledgeWildcards } from '../acknowledge.ts';
import { SettingsError } from '../settings.ts';
import { longestSize } from './longest-size.ts';

/**
 * The characters of statements in one policy. IAM allows 10,240 in all inline policies of a role, 6,144 in a managed policy,
 * and 10 managed policies of a role. The rest is for the frame of a policy, and for grants of queues and log groups.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const INLINE = 8_000;
const MANAGED = 5_800;
const MAX_MANAGED = 10;

export interface RolePermissions {
  /** What only this function needs. */
  own: readonly PermissionStatement[];
  /** What every function with the same calls of providers needs. */
  ofProviders: readonly PermissionStatement[];
}

export interface FunctionRole {
  role: Role;
  /** The managed policies of the role. A function needs them before its first invocation. */
  policies: readonly ManagedPolicy[];
}

/**
 * Creates the roles of functions. Many functions need the same statements for the providers, and each of them would repeat
 * the managed policies of all providers: with twelve providers, more resources than CloudFormation allows in a stack. So
 * roles with the same group of statements share one managed policy.
 */
export class Roles extends Construct {
  readonly #shared = new Map<string, ManagedPolicy>();

  /**
   * Creates the role of a function. What does not fit into the inline policy goes into managed policies. CDK would split a
   * policy, too, but by an estimate that leaves out what stands around each condition. Throws `SettingsError` where a role
   * cannot have as many statements.
   */
  create(scope: Construct, operation: string, { own, ofProviders }: RolePermissions): FunctionRole {
    const assumedBy = new ServicePrincipal('lambda.amazonaws.com');
    const role = new Role(scope, 'Role', { assumedBy, description: `Berth: ${operation}` });
    const [first = [], ...more] = groupsOf(ofProviders);
    const fits = sizeOf([...own, ...first]) <= INLINE;
    const inline = fits ? [...own, ...first] : own;
    const managed = fits ? more : [first, ...more];
    if (managed.length > MAX_MANAGED) {
      throw new SettingsError(`The role of ${operation} would need ${managed.length} managed policies:`, [
        `IAM allows ${MAX_MANAGED}. Make a second installation for some of the providers.`,
      ]);
    }
    for (const permission of inline) role.addToPolicy(toStatement(permission));
    acknowledgeWildcards(role, inline);
    return { role, policies: managed.map((group) => this.#attach(role, group)) };
  }

  /** Attaches the managed policy with these statements to a role. The first role that needs the policy creates it. */
  #attach(role: Role, group: readonly PermissionStatement[]): ManagedPolicy {
    const key = JSON.stringify(group);
    const policy = this.#shared.get(key) ?? this.#make(group);
    this.#shared.set(key, policy);
    policy.attachToRole(role);
    return policy;
  }

  #make(group: readonly PermissionStatement[]): ManagedPolicy {
    const policy = new ManagedPolicy(this, `Permissions${this.#shared.size + 1}`, {
      description: 'Berth: statements of providers, which several functions need',
      statements: group.map(toStatement),
    });
    acknowledgeWildcards(policy, group);
    return policy;
  }
}

/** Returns the statements in groups of one managed policy each. */
function groupsOf(permissions: readonly PermissionStatement[]): PermissionStatement[][] {
  const groups: PermissionStatement[][] = [];
  for (const permission of permissions) {
    const group = groups.at(-1);
    if (group && sizeOf([...group, permission]) <= MANAGED) group.push(permission);
    else groups.push([permission]);
  }
  return groups;
}

function sizeOf(permissions: readonly PermissionStatement[]): number {
  const sizes = permissions.map((each) => longestSize(JSON.stringify(toStatement(each).toStatementJson())) + 1);
  return sizes.reduce((sum, size) => sum + size, 0);
}

function toStatement({ actions, resources, conditions }: PermissionStatement): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
    ...(conditions && { conditions: structuredClone(conditions) }),
  });
}
