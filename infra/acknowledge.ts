import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { PermissionStatement } from '../src/compute/permissions.ts';

/** Acknowledges findings of cdk-nag on a construct: rule → reason. */
export function acknowledge(construct: IConstruct, rules: Readonly<Record<string, string>>): void {
  const entries = Object.entries(rules).map(([id, reason]) => ({ id, reason }));
  Validations.of(construct).acknowledge(...entries);
}

/** Acknowledges each wildcard resource in the statements of a role, with the reason of its statement. */
export function acknowledgeWildcards(role: IConstruct, statements: readonly PermissionStatement[]): void {
  const pairs = statements.flatMap(({ reason, resources }) =>
    resources.filter((resource) => resource.includes('*')).map((resource) => ({ resource, reason })),
  );
  for (const [resource, group] of Map.groupBy(pairs, (pair) => pair.resource)) {
    const reason = [...new Set(group.map((pair) => pair.reason))].join('; ');
    acknowledge(role, { [`AwsSolutions-IAM5[Resource::${resource}]`]: reason });
  }
}
