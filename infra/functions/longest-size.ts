import { Token, Tokenization } from 'aws-cdk-lib';

/** The longest name or ARN of a resource of Berth, which is unknown at synthesis. */
const UNKNOWN = 256;

/** Returns the bytes that a text can have when it is deployed: each part that is unknown before counts as `unknown`. */
export function longestSize(text: string, unknown = UNKNOWN): number {
  if (!Token.isUnresolved(text)) return Buffer.byteLength(text);
  const known = Tokenization.reverseString(text).mapTokens({ mapToken: () => 'x'.repeat(unknown) });
  return Buffer.byteLength(known.join({ join: (left, right) => `${left ?? ''}${right ?? ''}` }));
}
