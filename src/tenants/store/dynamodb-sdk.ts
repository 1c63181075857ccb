/**
 * The slice of the SDK that Berth uses. A module that is imported on demand: a bundler drops the rest of the package, which
 * it cannot do where the package itself is imported on demand.
 */
export {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
