/**
 * What Berth uses of the SDK, in a module that is imported on demand: a bundler leaves out the rest of the package, which
 * it cannot where the package itself is.
 */
export {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
