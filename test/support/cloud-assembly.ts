import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Metadata?: Record<string, string>;
}

export interface CfnTemplate {
  Resources: Record<string, Resource>;
  Conditions?: Record<string, unknown>;
  Outputs?: Record<string, { Value: unknown; Export?: { Name: string } }>;
}

/** Runs `cdk synth` as a user does, but without network and Docker. Returns its output. */
export async function synthesize(outdir: string, context: Readonly<Record<string, unknown>>): Promise<string> {
  const values = Object.entries(context).flatMap(([key, value]) => ['-c', `${key}=${JSON.stringify(value)}`]);
  const cdk = join(root, 'node_modules/aws-cdk/bin/cdk');
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    NODE_OPTIONS: `--import ${join(root, 'test/support/no-network.ts')}`,
    CDK_DOCKER: '/nonexistent',
  };
  const options = { cwd: root, env, timeout: 300_000 };
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [cdk, 'synth', '--output', outdir, ...values],
    options,
  );
  return stdout + stderr;
}

export function readTemplate(outdir: string, stack: string): CfnTemplate {
  return JSON.parse(readFileSync(join(outdir, `${stack}.template.json`), 'utf8'));
}

/** Returns a function that resolves references to the names of resources in the templates. */
export function resolver(templates: readonly CfnTemplate[]) {
  const exports = new Map(
    templates.flatMap(({ Outputs = {} }) =>
      Object.values(Outputs).map(({ Export, Value }) => [Export?.Name, Value] as const),
    ),
  );
  const resources = new Map(templates.flatMap(({ Resources }) => Object.entries(Resources)));
  return function resolve(value: unknown): string {
    if (typeof value === 'string') return value;
    const [[kind, argument]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
    if (kind === 'Fn::ImportValue') return resolve(exports.get(argument as string));
    if (kind !== 'Ref') throw new Error(`unsupported reference: ${JSON.stringify(value)}`);
    const { Name } = resources.get(argument as string)?.Properties ?? {};
    return typeof Name === 'string' ? Name : (argument as string);
  };
}
