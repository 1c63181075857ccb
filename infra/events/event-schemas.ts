import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import { Construct } from 'constructs';
import { eventSchemas } from '../../src/events/schemas.ts';

/** Registers the schemas of requests and announcements in EventBridge's schema registry, for code bindings. */
export class EventSchemas extends Construct {
  constructor(scope: Construct, id: string, { registryName }: { registryName: string }) {
    super(scope, id);
    const description = 'Berth: requests and announcements';
    const registry = new CfnRegistry(this, 'Registry', { registryName, description });
    for (const { detailType, schema } of eventSchemas()) {
      // EventBridge names discovered schemas in the same way: the source and the detail type without spaces.
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
