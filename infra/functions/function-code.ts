import { spawnSync } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { SettingsError } from '../settings.ts';

const functions = fileURLToPath(new URL('../../functions', import.meta.url));
/** `.ts` in a clone, `.js` in the package. */
const bundler = fileURLToPath(new URL(`../bundle/main${extname(import.meta.url)}`, import.meta.url));

/**
 * Returns the code of all functions as one asset, bundled on this machine without network or Docker. The bundler runs in
 * a child process, because a construct cannot await. Throws `SettingsError` with what the bundler printed, if it fails.
 */
export function functionCode(types: readonly string[]): Code {
  return Code.fromAsset(functions, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Neither is run. The command distinguishes bundles of the same folder.
      image: DockerImage.fromRegistry('unused'),
      command: [...types],
      local: {
        tryBundle(outdir) {
          const { status, error, stderr } = spawnSync(process.execPath, [bundler, outdir, ...types], {
            stdio: ['ignore', 'ignore', 'pipe'],
            encoding: 'utf8',
          });
          if (error) throw error;
          if (status === 0) return true;
          throw new SettingsError('The functions cannot be bundled:', stderr.trim().split('\n'));
        },
      },
    },
  });
}
