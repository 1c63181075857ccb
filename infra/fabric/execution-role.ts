import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { PermissionStatement } from '../../src/compute/permissions.ts';
import { acknowledgeWildcards } from '../acknowledge.ts';

export interface ExecutionRoleProps {
  logGroup: ILogGroup;
  /** Names of ECR repositories of the account, with `*` for any text. */
  repositories: readonly string[];
}

/**
 * The role with which ECS starts the tasks of tenants: it writes their logs, pulls their images, and reads the secrets and
 * parameters below `berth/`. Containers never get it. A customer managed key of a secret has to grant it `kms:Decrypt`.
 */
export class ExecutionRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { logGroup, repositories }: ExecutionRoleProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      description: 'Berth: ECS starts the tasks of tenants with it',
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    logGroup.grant(this.role, 'logs:CreateLogStream', 'logs:PutLogEvents');
    const statements = [...this.#readSecrets(), ...this.#pullImages(repositories)];
    for (const { actions, resources } of statements) {
      this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
    }
    acknowledgeWildcards(this.role, statements);
  }

  /** Berth lets a tenant name only secrets of its own below this prefix, unless the operator's `allow.secrets` says else. */
  #readSecrets(): PermissionStatement[] {
    const reason = 'tenants have secrets and parameters below berth/, and Berth checks whose they are';
    const secrets = ['secret:berth/*', 'secret:/berth/*'].map((name) => this.#arn('secretsmanager', name));
    return [
      { reason, actions: ['secretsmanager:GetSecretValue'], resources: secrets },
      { reason, actions: ['ssm:GetParameters'], resources: [this.#arn('ssm', 'parameter/berth/*')] },
    ];
  }

  #pullImages(repositories: readonly string[]): PermissionStatement[] {
    if (repositories.length === 0) return [];
    return [
      {
        reason: 'IAM does not bind the token of a registry to a resource',
        actions: ['ecr:GetAuthorizationToken'],
        resources: ['*'],
      },
      {
        reason: 'the repositories whose images tenants may run',
        actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        resources: repositories.map((name) => this.#arn('ecr', `repository/${name}`)),
      },
    ];
  }

  #arn(service: string, resource: string): string {
    const { partition, region, account } = Stack.of(this);
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }
}
