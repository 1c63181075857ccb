import { spawn } from 'node:child_process';
import type { Invocation } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { toSafeLine } from '../terminal/safe-text.ts';

/** The program of each system that opens an address. Linux and the others have `xdg-open`. */
const openers: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer.exe' };

export async function run(session: Session, { args: [id = ''], options }: Invocation): Promise<number> {
  const client = await session.connect();
  const { data } = await client.getTenant(id, { signal: session.signal });
  const { portName } = options;
  // Stable addresses are first.
  const found = data.endpoints.find(({ url, name }) => url && (portName === undefined || name === portName));
  if (!found?.url) {
    const what = portName === undefined ? 'no HTTP address' : `no HTTP port named ${JSON.stringify(portName)}`;
    throw new CommandError(`tenant ${id} has ${what}`, `berth status ${id} shows its endpoints.`);
  }
  session.terminal.print(toSafeLine(found.url));
  if (options.browser) await show(found.url);
  return exitCodes.done;
}

/** Opens an address in the browser of the user. The address is an argument, and no shell reads it. */
async function show(url: string): Promise<void> {
  if (!/^https?:\/\//.test(url)) throw new CommandError('the address is none that a browser opens');
  const opener = openers[process.platform] ?? 'xdg-open';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  child.once('spawn', resolve);
  child.once('error', () => {
    reject(new CommandError(`no browser can be opened: ${opener} is missing`, 'Open the address by hand.'));
  });
  await promise;
  child.unref();
}
