import type { CfnTemplate, Resource } from '../cloud-assembly.ts';
import type { PolicyDocument } from './simulate.ts';

interface Place {
  id: string;
  region: string;
}

/** Returns the policies of roles in templates, by the name of the operation, with the ARNs of the deployed resources. */
export function rolePolicies(templates: readonly CfnTemplate[], place: Place): Map<string, PolicyDocument> {
  const resources = Object.fromEntries(templates.flatMap(({ Resources }) => Object.entries(Resources)));
  const resolve = arnResolver(templates, resources, place);
  const found = new Map<string, PolicyDocument>();
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    if (Type !== 'AWS::IAM::Role') continue;
    const operation = String(Properties.Description).replace('Berth: ', '');
    const statements = Object.values(resources).flatMap((each) => statementsFor(id, each));
    found.set(operation, { Version: '2012-10-17', Statement: statements.map((each) => resolve(each)) });
  }
  return found;
}

function statementsFor(role: string, { Type, Properties }: Resource): unknown[] {
  if (Type !== 'AWS::IAM::Policy' && Type !== 'AWS::IAM::ManagedPolicy') return [];
  const { Roles = [], PolicyDocument } = Properties as { Roles: { Ref: string }[]; PolicyDocument: PolicyDocument };
  return Roles.some(({ Ref }) => Ref === role) ? PolicyDocument.Statement : [];
}

/** Returns a function that replaces the functions of CloudFormation in a value. A resource is named like its logical id. */
function arnResolver(templates: readonly CfnTemplate[], resources: Record<string, Resource>, { id, region }: Place) {
  const outputs = templates.flatMap(({ Outputs = {} }) => Object.values(Outputs));
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::AccountId': id,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const arns: Readonly<Record<string, (name: string) => string>> = {
    'AWS::DynamoDB::GlobalTable': (name) => `dynamodb:${region}:${id}:table/${name}`,
    'AWS::SQS::Queue': (name) => `sqs:${region}:${id}:${name}`,
    'AWS::Logs::LogGroup': (name) => `logs:${region}:${id}:log-group:${name}:*`,
    'AWS::Events::EventBus': (name) => `events:${region}:${id}:event-bus/${name}`,
  };
  const nameOf = (logicalId: string) => {
    const { Name } = resources[logicalId]?.Properties ?? {};
    return typeof Name === 'string' ? Name : logicalId;
  };

  function evaluate(name: string, argument: unknown): unknown {
    if (name === 'Ref') return pseudo[argument as string] ?? nameOf(argument as string);
    if (name === 'Fn::ImportValue') return resolve(outputs.find(({ Export }) => Export?.Name === argument)?.Value);
    if (name === 'Fn::Join') {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map((part) => resolve(part)).join(separator);
    }
    const [logicalId, attribute] = argument as [string, string];
    const arn = arns[resources[logicalId]?.Type ?? '']?.(nameOf(logicalId));
    if (name !== 'Fn::GetAtt' || !arn) throw new Error(`cannot resolve ${name} of ${JSON.stringify(argument)}`);
    return `arn:aws:${arn}${attribute === 'StreamArn' ? '/stream/2026-01-01T00:00:00.000' : ''}`;
  }

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name = '', argument] = entries.length === 1 ? (entries[0] ?? []) : [];
    if (name === 'Ref' || name.startsWith('Fn::')) return evaluate(name, argument);
    return Object.fromEntries(entries.map(([key, inner]) => [key, resolve(inner)]));
  }
  return resolve;
}
