import * as efs from '@aws-sdk/client-efs';
import { type FileOperations, REQUEST_HANDLER } from './client.ts';

const commands: { [Operation in keyof FileOperations]: new (input: FileOperations[Operation][0]) => object } = {
  CreateAccessPoint: efs.CreateAccessPointCommand,
  DeleteAccessPoint: efs.DeleteAccessPointCommand,
  DescribeAccessPoints: efs.DescribeAccessPointsCommand,
  TagAccessPoint: efs.TagResourceCommand,
};

/** Creates the SDK client for EFS. The first call that needs it imports this module. */
export function createFileClient(config: efs.EFSClientConfig) {
  const client = new efs.EFSClient({ requestHandler: REQUEST_HANDLER, ...config, maxAttempts: 1 });
  // `send` has one overload per command; a table of commands matches none of them.
  const send = client.send.bind(client) as (command: object, options: object) => Promise<unknown>;
  return {
    send: (operation: keyof FileOperations, input: object, signal: AbortSignal | undefined) =>
      send(new commands[operation](input as never), { abortSignal: signal }),
    close: () => client.destroy(),
  };
}
