import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { tableDefinition } from '../../src/tenants/store/dynamodb-table.ts';

/**
 * The table of tenants, with the keys and indexes that the store defines. It has encryption with a key of the account,
 * point-in-time recovery, deletion protection and a change stream, and remains when the stack is deleted.
 */
export class TenantsTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const { KeySchema = [], GlobalSecondaryIndexes = [] } = tableDefinition('');
    const [pk, sk] = KeySchema.map((key) => toAttribute(key.AttributeName));
    this.table = new TableV2(this, 'Table', {
      partitionKey: pk ?? toAttribute('pk'),
      ...(sk && { sortKey: sk }),
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'ttl',
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      globalSecondaryIndexes: GlobalSecondaryIndexes.map(({ IndexName, KeySchema: keys = [], Projection }) => {
        const [partitionKey, sortKey] = keys.map((key) => toAttribute(key.AttributeName));
        return {
          indexName: IndexName ?? '',
          partitionKey: partitionKey ?? toAttribute('pk'),
          ...(sortKey && { sortKey }),
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: Projection?.NonKeyAttributes ?? [],
        };
      }),
    });
  }
}

function toAttribute(name: string | undefined) {
  return { name: name ?? '', type: AttributeType.STRING };
}
