import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type InvocationResult, startRuntimeApi } from './runtime-api.ts';

export interface FunctionOptions {
  name: string;
  /** The folder of the unpacked asset. */
  taskRoot: string;
  /** `OPERATION.handler` */
  handler: string;
  timeoutMs: number;
  /** The variables of the template, and those that Lambda and the test add. */
  environment: Readonly<Record<string, string>>;
}

export interface FunctionProcess {
  invoke(event: unknown): Promise<InvocationResult>;
  /** Kills the process. The next invocation starts another, as on Lambda. */
  kill(): Promise<void>;
  /** The output lines of all its processes. */
  readonly output: readonly string[];
  close(): Promise<void>;
}

const client = fileURLToPath(new URL('runtime-client.ts', import.meta.url));

/** Opens a Lambda function with one execution environment: a process that starts at the first invocation and stays. */
export async function openFunction(options: FunctionOptions): Promise<FunctionProcess> {
  const { name, taskRoot, handler, timeoutMs, environment } = options;
  const api = await startRuntimeApi();
  const output: string[] = [];
  let child: ChildProcess | undefined;

  function start(): ChildProcess {
    const env = {
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      LAMBDA_TASK_ROOT: taskRoot,
      _HANDLER: handler,
      ...environment,
    };
    const started = spawn(process.execPath, [client], { cwd: taskRoot, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [started.stdout, started.stderr]) {
      createInterface({ input: stream }).on('line', (line) => output.push(line));
    }
    started.once('exit', (code, signal) => {
      if (child === started) child = undefined;
      api.abandon(new Error(`${name} ended with ${signal ?? code}; it wrote:\n${output.slice(-20).join('\n')}`));
    });
    return started;
  }

  async function kill(): Promise<void> {
    if (!child) return;
    const gone = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  return {
    output,
    kill,
    invoke(event) {
      child ??= start();
      return api.invoke(event, timeoutMs);
    },
    async close() {
      await kill();
      await api.close();
    },
  };
}
