import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

export interface MotoServer {
  url: string;
  close(): Promise<void>;
}

/** Returns the path of `moto_server`, or undefined if it is not on the PATH. */
export function findMotoServer(): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'moto_server'));
  return candidates.find(isExecutable);
}

/** Starts a moto server on a free port of the loopback address, and waits until it prints its address. */
export async function startMotoServer(
  path: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<MotoServer> {
  const child = spawn(path, ['-H', '127.0.0.1', '-p', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const close = () => {
    child.kill('SIGKILL'); // it has no state to save
    return ended;
  };
  const output: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output.push(line);
      const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (url) resolve(url);
    });
  }
  child.once('error', reject);
  void ended.then(() => reject(new Error(`${path} exited; its output:\n${output.join('\n')}`)));
  const late = setTimeout(() => reject(new Error(`${path} did not start; its output:\n${output.join('\n')}`)), 60_000);
  try {
    return { url: await promise, close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

/** Calls moto without the SDK, to set it up. moto derives the service and the region from the signature. */
export async function callMoto(
  url: string,
  {
    service,
    region,
    headers,
    body,
  }: { service: string; region: string; headers: Record<string, string>; body: string },
): Promise<string> {
  const credential = `Credential=AKIDEXAMPLE/20261101/${region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=x`;
  const response = await fetch(url, { method: 'POST', headers: { authorization, ...headers }, body });
  return response.text();
}

/** Creates an ECS cluster in moto. Returns the subnets that moto has by itself. */
export async function createCluster(url: string, region: string, clusterName: string): Promise<string[]> {
  const target = { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.CreateCluster' };
  await callMoto(url, { service: 'ecs', region, headers: target, body: JSON.stringify({ clusterName }) });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = 'Action=DescribeSubnets&Version=2016-11-15';
  const text = await callMoto(url, { service: 'ec2', region, headers, body });
  return [...text.matchAll(/<subnetId>(subnet-[0-9a-f]+)<\/subnetId>/g)].map(([, id = '']) => id);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
