import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import { Construct } from 'constructs';
import { eventSchemas } from '../../src/events/schemas.ts';

/** What the bus carries, in EventBridge's schema registry: for whoever sends or listens, and for code bindings. */
export class EventSchemas extends Construct {
  constructor(scope: Construct, id: string, { registryName }: { registryName: string }) {
    super(scope, id);
    const description = 'Berth: requests and announcements';
    const registry = new CfnRegistry(this, 'Registry', { registryName, description });
    for (const { detailType, schema } of eventSchemas()) {
      // As EventBridge names what it discovers itself: the source, and the detail type in one word.
      const name = detailType.replaceAll(' ', '');
      new CfnSchema(this, name, {
        registryName: registry.attrRegistryName,
        schemaName: `berth@${name}`,
        type: 'JSONSchemaDraft4',
        content: JSON.stringify(schema),
        description: detailType,
      });
    }
  }
}
