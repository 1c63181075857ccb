import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { PermissionStatement } from '../src/compute/permissions.ts';

/** Acknowledges findings of cdk-nag on a construct: rule → reason. */
export function acknowledge(construct: IConstruct, rules: Readonly<Record<string, string>>): void {
  const entries = Object.entries(rules).map(([id, reason]) => ({ id, reason }));
  Validations.of(construct).acknowledge(...entries);
}

/**
 * Acknowledges each wildcard resource in the statements of a role, with the reason of its statement. That happens at the end
 * of synthesis, because only then a reference to another stack has its name.
 */
export function acknowledgeWildcards(role: IConstruct, statements: readonly PermissionStatement[]): void {
  role.node.addValidation({
    validate: () => {
      acknowledgeNow(role, statements);
      return [];
    },
  });
}

function acknowledgeNow(role: IConstruct, statements: readonly PermissionStatement[]): void {
  const pairs = statements.flatMap(({ reason, resources }) =>
    resources
      .filter((resource) => resource.includes('*'))
      .map((resource) => ({ resource: nameInFindings(Stack.of(role).resolve(resource)), reason })),
  );
  for (const [resource, group] of Map.groupBy(pairs, (pair) => pair.resource)) {
    const reason = [...new Set(group.map((pair) => pair.reason))].join('; ');
    acknowledge(role, { [`AwsSolutions-IAM5[Resource::${resource}]`]: reason });
  }
}

/**
 * Returns the name of a resource in findings of cdk-nag. It writes references in angle brackets:
 * https://github.com/cdklabs/cdk-nag/blob/main/src/utils/flatten-cfn-reference.ts
 */
function nameInFindings(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join, 'Fn::ImportValue': imported } = resource as CfnReference;
  if (imported !== undefined) return imported;
  if (join) return join[1].map(nameInFindings).join(join[0]);
  if (attribute) return `<${attribute.join('.')}>`;
  return Ref === undefined ? JSON.stringify(resource) : `<${Ref}>`;
}

interface CfnReference {
  Ref?: string;
  'Fn::GetAtt'?: [string, string];
  'Fn::Join'?: [string, unknown[]];
  'Fn::ImportValue'?: string;
}
