import { readTableClient, services } from './services.ts';

/**
 * Has a function on Lambda read what its first request will need while Lambda initializes it. It may use a whole processor
 * then, and afterwards the share of one that goes with its memory, at 512 MB less than a third.
 * https://awslabs.github.io/aws-lambda-web-adapter/configuration/async-init.html
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
export async function initialize(): Promise<void> {
  if (process.env.AWS_LAMBDA_INITIALIZATION_TYPE === undefined) return;
  try {
    const { config } = await services();
    if (config.tableName !== undefined) await readTableClient();
  } catch {
    // The first request tries again, and has somebody to tell.
  }
}
