import { Aws, CfnCondition, type CfnResource, Fn, Names, Stack, Token } from 'aws-cdk-lib';
import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import { Construct } from 'constructs';
import { eventSchemas } from '../../src/events/schemas.ts';

/**
 * Regions without the schema registry.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/feature-availability.html
 */
export const REGIONS_WITHOUT_REGISTRY = [
  'ap-east-2',
  'ap-south-2',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'il-central-1',
  'mx-central-1',
] as const;

/** The longest name of a registry: https://docs.aws.amazon.com/eventbridge/latest/schema-reference/v1-registries.html */
const MAX_NAME = 64;

/**
 * Registers the schemas of requests and announcements in EventBridge's schema registry, for code bindings. Creates nothing
 * in a region without the registry. A stack that is not bound to a region decides that at deployment, by a condition.
 */
export class EventSchemas extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { region } = Stack.of(this);
    if (REGIONS_WITHOUT_REGISTRY.some((name) => name === region)) return;
    const condition = Token.isUnresolved(region) ? this.#hasRegistry() : undefined;
    const registry = new CfnRegistry(this, 'Registry', {
      registryName: Names.uniqueResourceName(this, { maxLength: MAX_NAME, separator: '-' }),
      description: 'Berth: requests and announcements',
    });
    const schemas = eventSchemas().map(({ detailType, schema }) => {
      // EventBridge names discovered schemas in the same way: the source and the detail type without spaces.
      const name = detailType.replaceAll(' ', '');
      return new CfnSchema(this, name, {
        registryName: registry.attrRegistryName,
        schemaName: `berth@${name}`,
        type: 'JSONSchemaDraft4',
        content: JSON.stringify(schema),
        description: detailType,
      });
    });
    for (const resource of [registry, ...schemas] as CfnResource[])
      if (condition) resource.cfnOptions.condition = condition;
  }

  #hasRegistry(): CfnCondition {
    const isWithout = REGIONS_WITHOUT_REGISTRY.map((name) => Fn.conditionEquals(Aws.REGION, name));
    return new CfnCondition(this, 'HasRegistry', { expression: Fn.conditionNot(Fn.conditionOr(...isWithout)) });
  }
}
