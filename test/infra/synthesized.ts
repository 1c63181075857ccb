import { App, Stack } from 'aws-cdk-lib';
import { HttpLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import flags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { routes } from '../../functions/operations.ts';
import { Berth, type BerthProps } from '../../infra/berth.ts';
import { createStacks } from '../../infra/stacks.ts';
import type { CfnTemplate, Resource } from '../support/cloud-assembly.ts';

export const ecs = {
  type: 'ecs',
  cluster_arn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/tenants',
  execution_role_arn: 'arn:aws:iam::111122223333:role/berth-execution',
  subnets: ['subnet-0a1b2c3d'],
};

/** The keys of all routes of the HTTP API. A route of GET serves HEAD, too. */
export const everyRoute = [
  '$default',
  ...routes.map(({ method, path }) => `${method} ${path}`),
  ...routes.flatMap(({ method, path }) => (method === 'GET' ? [`HEAD ${path}`] : [])),
].sort();

export interface AppOptions {
  outdir?: string;
  /** Runs CDK's validation of the templates, which takes longer than synthesis. Default: false. */
  validates?: boolean;
}

/** Makes an app that does not bundle the functions: `bundle.test.ts` tests the bundles. */
export function createApp(
  context: Readonly<Record<string, unknown>> = { providers: { ecs } },
  { outdir, validates = false }: AppOptions = {},
): App {
  return new App({
    ...(outdir && { outdir }),
    builtinCloudFormationValidation: validates,
    // No template contains these, and they take a fifth of the time.
    ...{ analyticsReporting: false, treeMetadata: false, stackTraces: false },
    context: { ...flags, 'aws:cdk:bundling-stacks': [], ...context },
  });
}

/** Makes a stack of a CDK app that uses Berth as a construct, with the memory provider. */
export function ownStack(props: (stack: Stack) => Partial<BerthProps> = () => ({}), options: AppOptions = {}) {
  const app = createApp({}, options);
  const stack = new Stack(app, 'Own');
  const berth = new Berth(stack, 'Berth', { providers: { memory: { type: 'memory' } }, ...props(stack) });
  const synthesized = () => readable([app.synth().getStackByName('Own').template as CfnTemplate]);
  return { stack, berth, synthesized };
}

/** Imports an existing Lambda authorizer. */
export function ownAuthorizer(stack: Stack): HttpLambdaAuthorizer {
  const functionArn = 'arn:aws:lambda:eu-central-1:111122223333:function:mine';
  const fn = LambdaFunction.fromFunctionAttributes(stack, 'Mine', { functionArn, sameEnvironment: true });
  return new HttpLambdaAuthorizer('Mine', fn);
}

type Synthesized = ReturnType<typeof synthesizeOnce>;
const synthesized = new Map<string, Synthesized>();

/** Synthesizes the stacks of the app, once for each context. The result is shared: only read it. */
export function synthesizeApp(context?: Readonly<Record<string, unknown>>): Synthesized {
  const key = JSON.stringify(context ?? {});
  const found = synthesized.get(key) ?? synthesizeOnce(context);
  synthesized.set(key, found);
  return found;
}

function synthesizeOnce(context: Readonly<Record<string, unknown>> | undefined) {
  const app = createApp(context);
  const { state, service } = createStacks(app);
  const assembly = app.synth();
  const templateOf = (stack: Stack) => assembly.getStackByName(stack.stackName).template as CfnTemplate;
  return readable([templateOf(state), templateOf(service)]);
}

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

export interface FunctionProperties {
  Description: string;
  Runtime: string;
  Architectures: string[];
  Timeout: number;
  Role: { 'Fn::GetAtt': [string, string] };
  LoggingConfig: { LogGroup: { Ref: string } };
  Environment: { Variables: Record<string, unknown> };
  ReservedConcurrentExecutions?: number;
}

/** Adds lookups to templates. */
export function readable(templates: readonly CfnTemplate[]) {
  const all = templates.flatMap(({ Resources }) => Object.entries(Resources));
  const of = (type: string): [string, Resource][] => all.filter(([, { Type }]) => Type === type);
  const propertiesOf = <T = Record<string, unknown>>(type: string) =>
    of(type).map(([, { Properties }]) => Properties as T);
  const functions = new Map(
    of('AWS::Lambda::Function').map(([id, { Properties }]) => {
      const properties = Properties as unknown as FunctionProperties;
      return [properties.Description.slice('Berth: '.length), { id, ...properties }];
    }),
  );
  /** Returns the policy statements of the role of a function. */
  function statementsOf(operation: string): Statement[] {
    const role = functions.get(operation)?.Role['Fn::GetAtt'][0];
    return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
      .flatMap((type) => propertiesOf<{ Roles: { Ref: string }[]; PolicyDocument: { Statement: Statement[] } }>(type))
      .filter(({ Roles }) => Roles.some(({ Ref }) => Ref === role))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  }
  const actionsOf = (operation: string) => statementsOf(operation).flatMap(({ Action }) => Action);
  const operationOf = (functionId: string) => [...functions].find(([, { id }]) => id === functionId)?.[0];
  return { templates, all, of, propertiesOf, functions, statementsOf, actionsOf, operationOf };
}
