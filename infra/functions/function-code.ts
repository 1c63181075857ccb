import { spawnSync } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';

const functions = fileURLToPath(new URL('../../functions', import.meta.url));
/** `.ts` in a clone, `.js` in the package. */
const bundler = fileURLToPath(new URL(`../bundle/main${extname(import.meta.url)}`, import.meta.url));

/**
 * The code of all functions as one asset, bundled on this machine: without a network or Docker. In a process of its own, as
 * a construct cannot wait for anything else. Throws if that fails; why is on standard error.
 */
export function functionCode(types: readonly string[]): Code {
  return Code.fromAsset(functions, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Neither is ever run; the command tells the bundles of one folder apart.
      image: DockerImage.fromRegistry('unused'),
      command: [...types],
      local: {
        tryBundle(outdir) {
          const { status, error } = spawnSync(process.execPath, [bundler, outdir, ...types], {
            stdio: ['ignore', 'ignore', 'inherit'],
          });
          if (error) throw error;
          if (status !== 0) throw new Error(`The functions could not be bundled: ${bundler} ended with ${status}`);
          return true;
        },
      },
    },
  });
}
