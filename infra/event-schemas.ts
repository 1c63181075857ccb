import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import { Construct } from 'constructs';
import * as z from 'zod';
import { requestDetails } from '../src/events/request.ts';
import { announcementDetails } from '../src/tenants/announcement.ts';

/** What the bus carries, in EventBridge's schema registry: for whoever sends or listens, and for code bindings. */
export class EventSchemas extends Construct {
  constructor(scope: Construct, id: string, { registryName }: { registryName: string }) {
    super(scope, id);
    const registry = new CfnRegistry(this, 'Registry', {
      registryName,
      description: 'Berth: requests and announcements',
    });
    for (const [type, schema] of Object.entries({ ...requestDetails, ...announcementDetails })) {
      const name = type.replaceAll(' ', '');
      new CfnSchema(this, name, {
        registryName: registry.attrRegistryName,
        schemaName: `berth@${name}`,
        // The registry knows no later draft.
        type: 'JSONSchemaDraft4',
        content: JSON.stringify(z.toJSONSchema(schema, { target: 'draft-04', io: 'input', unrepresentable: 'any' })),
        description: type,
      });
    }
  }
}
