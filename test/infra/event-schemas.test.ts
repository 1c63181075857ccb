import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { EventSchemas, REGIONS_WITHOUT_REGISTRY } from '../../infra/events/event-schemas.ts';
import { eventSchemas } from '../../src/events/schemas.ts';

const REGISTRY = 'AWS::EventSchemas::Registry';
const SCHEMA = 'AWS::EventSchemas::Schema';

function namesIn(stack: Stack): string[] {
  const registries = Object.values(Template.fromStack(stack).findResources(REGISTRY));
  return registries.map(({ Properties }) => Properties.RegistryName);
}

describe('the schemas of events', () => {
  test.each(REGIONS_WITHOUT_REGISTRY)('are left out in %s, which has no schema registry', (region) => {
    const stack = new Stack(new App(), 'Berth', { env: { region, account: '123456789012' } });
    new EventSchemas(stack, 'Schemas');
    Template.fromStack(stack).resourceCountIs(REGISTRY, 0);
    Template.fromStack(stack).resourceCountIs(SCHEMA, 0);
  });

  test('are created without a condition in a region that has one', () => {
    const stack = new Stack(new App(), 'Berth', { env: { region: 'eu-central-1', account: '123456789012' } });
    new EventSchemas(stack, 'Schemas');
    Template.fromStack(stack).hasResource(REGISTRY, { Condition: Match.absent() });
    Template.fromStack(stack).resourceCountIs(SCHEMA, eventSchemas().length);
  });

  test('depend on the region of the deployment if the stack is not bound to one', () => {
    const stack = new Stack(new App(), 'Berth');
    new EventSchemas(stack, 'Schemas');
    const template = Template.fromStack(stack);
    const [condition] = Object.keys(template.findConditions('*'));
    expect(condition).toBeDefined();
    template.allResources(REGISTRY, { Condition: condition });
    template.allResources(SCHEMA, { Condition: condition });
  });

  test('have a registry with a short, unique name, also in a nested stack and for long names', () => {
    const app = new App();
    const long = new Stack(app, `Stack-${'x'.repeat(110)}`);
    new EventSchemas(long, 'Schemas');
    new EventSchemas(long, 'Others');
    const outer = new Stack(app, 'Outer');
    const nested = new NestedStack(outer, 'Nested');
    new EventSchemas(nested, 'Schemas');
    const names = [...namesIn(long), ...namesIn(nested)];
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9-]{1,64}$/);
  });
});
