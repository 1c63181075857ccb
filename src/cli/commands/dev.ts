import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Invocation } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { LOCAL_ENDPOINT } from '../endpoint.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { bold, dim } from '../terminal/style.ts';

/** `main.ts` in a clone, `main.js` in the package. */
const host = fileURLToPath(new URL(`../../../infra/local/main${extname(import.meta.url)}`, import.meta.url));
/** The first lines of its output, up to the last of them. */
const READY = /^Berth is listening on (http:\/\/\S+)\n(?:.*\n)*?Logs: .*\n/m;

/**
 * Runs the local control plane as a child process, because the command line talks HTTP only. A terminal sends Ctrl-C to
 * both processes. The control plane decides when it stops, and this command ends with it.
 */
export async function run(session: Session, { options }: Invocation): Promise<number> {
  const { stdout, stderr } = session.host;
  const flags = [
    ...(options.port === undefined ? [] : ['--port', options.port]),
    ...(options.frontDoorPort === undefined ? [] : ['--front-door-port', options.frontDoorPort]),
    ...(options.dataDir === undefined ? [] : ['--data-dir', options.dataDir]),
    ...(options.providerTypes ?? []).flatMap((added) => ['--provider', added]),
    ...(options.token ? ['--token'] : []),
  ];
  const child = spawn(process.execPath, [host, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  // This process also ends when its output pipe is closed, as by `| head`.
  const end = () => pass('SIGTERM');
  process.on('exit', end);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, pass);
  // A terminal has sent it to the child already; the child counts it once.
  session.signal.addEventListener('abort', () => pass('SIGINT'), { once: true });
  let output = '';
  let isReady = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout.write(text);
    if (isReady) return;
    output += text;
    const url = READY.exec(output)?.[1];
    isReady = url !== undefined;
    if (url) suggest(session, url);
  });
  child.stderr.pipe(stderr as NodeJS.WritableStream, { end: false });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    child.on('error', ({ message }) => reject(new CommandError(`cannot start the local control plane: ${message}`)));
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    const code = await promise;
    return code === 0 ? exitCodes.done : code;
  } finally {
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, pass);
    process.off('exit', end);
  }
}

function suggest({ terminal }: Session, url: string): void {
  const isDefault = url === LOCAL_ENDPOINT;
  terminal.note(
    [
      '',
      `${bold('Next')}, in another terminal:`,
      ...(isDefault ? [] : [`  export BERTH_ENDPOINT=${url}`]),
      `  npx berth apply -f examples/hello.yaml    ${dim('provisions a tenant with one container')}`,
      `  npx berth open hello                      ${dim('prints its address')}`,
      '',
    ].join('\n'),
  );
}
