import { describe, expect, test, vi } from 'vitest';
import type { CfnTemplate } from '../support/cloud-assembly.ts';
import { synthesizeApp } from './synthesized.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 120_000 });

const providers = { memory: { type: 'memory' } };
const tableArn = 'arn:aws:dynamodb:eu-central-1:111122223333:table/mine';
const existing_table = { table_arn: tableArn, stream_arn: `${tableArn}/stream/1` };
const existing_bus_arn = 'arn:aws:events:eu-central-1:111122223333:event-bus/mine';

/** Returns the state and the service, as the stacks of a context. */
function stacksOf(context: Record<string, unknown>): { state: CfnTemplate; service: CfnTemplate } {
  const [state, service] = synthesizeApp({ providers, ...context }).templates;
  if (!state || !service) throw new Error('the app has two stacks');
  return { state, service };
}

function exportsOf({ Outputs = {} }: CfnTemplate): Map<string, string> {
  const exported = Object.values(Outputs).filter(({ Export }) => Export);
  return new Map(exported.map(({ Export, Value }) => [Export?.Name ?? '', JSON.stringify(Value)]));
}

function importsOf(template: CfnTemplate): string[] {
  return [...JSON.stringify(template).matchAll(/"Fn::ImportValue":"([^"]+)"/g)].map(([, name = '']) => name);
}

/**
 * Returns the exports for which CloudFormation refuses the new state: a stack that runs imports them, and they are gone or
 * have another value. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
 */
function refusedExports(running: { state: CfnTemplate; service: CfnTemplate }, next: CfnTemplate): string[] {
  const before = exportsOf(running.state);
  const after = exportsOf(next);
  return [...new Set(importsOf(running.service))].filter((name) => after.get(name) !== before.get(name));
}

/** Returns the imports of a new service that no stack exports. */
function missingExports(service: CfnTemplate, state: CfnTemplate): string[] {
  const exported = exportsOf(state);
  return importsOf(service).filter((name) => !exported.has(name));
}

describe('an installation that adopts resources of its own later', () => {
  const before = stacksOf({});

  test.each([
    ['a bus', { existing_bus_arn }],
    ['a table', { existing_table }],
    ['both', { existing_bus_arn, existing_table }],
  ])('%s: the service is deployed alone, and then everything', (_, context) => {
    const after = stacksOf(context);
    // The usual order begins with the state, whose exports are in use.
    expect(refusedExports(before, after.state)).not.toEqual([]);
    // `cdk deploy Berth --exclusively`: everything that the new service needs is there.
    expect(missingExports(after.service, before.state)).toEqual([]);
    // `cdk deploy --all`: the service that runs now uses nothing that goes.
    expect(refusedExports({ state: before.state, service: after.service }, after.state)).toEqual([]);
    expect(missingExports(after.service, after.state)).toEqual([]);
  });

  test('and gives them up again: the usual order serves', () => {
    const adopted = stacksOf({ existing_bus_arn, existing_table });
    expect(refusedExports(adopted, before.state)).toEqual([]);
    expect(missingExports(before.service, before.state)).toEqual([]);
  });

  test('the table of before remains, and is no longer in the stack', () => {
    const { state } = stacksOf({ existing_table });
    const tables = ({ Resources }: CfnTemplate) =>
      Object.values(Resources).filter(({ Type }) => Type === 'AWS::DynamoDB::GlobalTable');
    expect(tables(before.state).map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain']);
    expect(tables(state)).toEqual([]);
  });
});
