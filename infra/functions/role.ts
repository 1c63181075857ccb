import { Effect, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
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

/**
 * Creates the role of a function. Statements that do not fit into the inline policy go into managed policies of the role.
 * CDK would split a policy, too, but by an estimate that leaves out what stands around each condition. Throws
 * `SettingsError` where a role cannot have as many statements.
 */
export function createRole(scope: Construct, operation: string, permissions: readonly PermissionStatement[]): Role {
  const assumedBy = new ServicePrincipal('lambda.amazonaws.com');
  const role = new Role(scope, 'Role', { assumedBy, description: `Berth: ${operation}` });
  const [inline = [], ...more] = groupsOf(permissions);
  for (const permission of inline) role.addToPolicy(toStatement(permission));
  if (more.length > MAX_MANAGED) {
    throw new SettingsError(`The role of ${operation} would need ${more.length} managed policies:`, [
      `IAM allows ${MAX_MANAGED}. Make a second installation for some of the providers.`,
    ]);
  }
  for (const [index, group] of more.entries()) {
    new ManagedPolicy(role, `Permissions${index + 2}`, {
      description: `Berth: ${operation}`,
      roles: [role],
      statements: group.map(toStatement),
    });
  }
  acknowledgeWildcards(role, permissions);
  return role;
}

/** Returns the statements in groups of one policy each, the first one inline. */
function groupsOf(permissions: readonly PermissionStatement[]): PermissionStatement[][] {
  const groups: PermissionStatement[][] = [[]];
  let room = INLINE;
  for (const permission of permissions) {
    const size = longestSize(JSON.stringify(toStatement(permission).toStatementJson())) + 1;
    if (size > room) {
      groups.push([]);
      room = MANAGED;
    }
    groups.at(-1)?.push(permission);
    room -= size;
  }
  return groups;
}

function toStatement({ actions, resources, conditions }: PermissionStatement): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
    ...(conditions && { conditions: structuredClone(conditions) }),
  });
}
