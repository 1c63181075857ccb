import { rename, stat } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import type { Client } from '../../client/client.ts';
import { localToken } from '../../client/local-token.ts';
import type { Invocation } from '../command.ts';
import { readContexts } from '../contexts.ts';
import type { Check } from '../doctor/check.ts';
import { checkFiles } from '../doctor/check-files.ts';
import { exitCodes } from '../exit-codes.ts';
import { printData } from '../output/print-result.ts';
import { isOfUnexpectedForm, unexpectedForm } from '../output/unexpected-form.ts';
import type { Session } from '../session.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { dim, green, red, yellow } from '../terminal/style.ts';
import { wrapText } from '../terminal/wrap-words.ts';

/** The package holds compiled code. A clone runs TypeScript, which needs a newer Node and installs it. */
const isCompiled = import.meta.url.endsWith('.js');
const MINIMUM_NODE = isCompiled ? 22 : 24;
const DOCKER_SOCKET = '/var/run/docker.sock';

/** Where findings begin. */
const INDENT = 17;

export async function run(session: Session, { options: { fix } }: Invocation): Promise<number> {
  const { terminal, options } = session;
  const fixes = fix === true;
  const checks = [
    checkNode(),
    await checkContexts(session, fixes),
    ...(await checkFiles(session.host.environment.dataDir, fixes)),
    ...(await checkControlPlane(session)),
    await checkDocker(),
  ];
  if (options.output === 'name') for (const { check } of checks) terminal.print(check);
  else if (!(await printData(session, { checks }))) {
    for (const { check, outcome, finding, advice } of checks) {
      const sign = { fine: green('✓'), wrong: red('✗'), note: yellow('!') }[outcome];
      const { columns } = terminal;
      terminal.print(wrapText(`${sign} ${check.padEnd(14)} ${toSafeLine(finding)}`, columns, INDENT));
      if (advice) terminal.print(wrapText(' '.repeat(INDENT) + dim(toSafeLine(advice)), columns));
    }
  }
  return checks.some(({ outcome }) => outcome === 'wrong') ? exitCodes.failed : exitCodes.done;
}

function checkNode(): Check {
  const isNew = Number.parseInt(process.versions.node, 10) >= MINIMUM_NODE;
  const finding = `${process.version}, at ${process.execPath}`;
  if (isNew) return { check: 'node', outcome: 'fine', finding };
  return {
    check: 'node',
    outcome: 'wrong',
    finding,
    advice: `Berth needs Node ${MINIMUM_NODE} or newer${isCompiled ? '' : '; npm ci in the clone installs it'}.`,
  };
}

async function checkContexts({ host }: Session, fixes: boolean): Promise<Check> {
  const { configFile } = host.environment;
  try {
    const { contexts, current } = await readContexts(configFile);
    const names = Object.keys(contexts);
    const finding =
      names.length === 0
        ? `none (${configFile})`
        : `${names.join(', ')}; current: ${current ?? 'none'} (${configFile})`;
    return { check: 'contexts', outcome: 'fine', finding };
  } catch (error) {
    if (!fixes) return { check: 'contexts', outcome: 'wrong', ...describeError(error) };
    return moveContextsAway(configFile, error);
  }
}

async function moveContextsAway(configFile: string, problem: unknown): Promise<Check> {
  const away = `${configFile}.damaged`;
  const { finding } = describeError(problem);
  try {
    await rename(configFile, away);
    return { check: 'contexts', outcome: 'fine', finding: `${finding}: moved to ${away}` };
  } catch (error) {
    return {
      check: 'contexts',
      outcome: 'wrong',
      finding: `${finding}; it could not be moved away: ${describeError(error).finding}`,
    };
  }
}

/** Checks endpoint, connectivity and permissions, each only if the previous check passed. */
async function checkControlPlane(session: Session): Promise<Check[]> {
  const checks: Check[] = [];
  try {
    const { url, origin } = await session.endpoint();
    checks.push({ check: 'endpoint', outcome: 'fine', finding: `${url}, from ${origin}` });
    checks.push({
      check: 'credentials',
      outcome: 'fine',
      finding: await describeCredentials(url, session.host.environment.token),
    });
  } catch (error) {
    return [...checks, { check: 'endpoint', outcome: 'wrong', ...describeError(error) }];
  }
  let client: Client;
  try {
    client = await session.connect();
    const begun = performance.now();
    const { data } = await client.listProviders({ signal: session.signal });
    const took = Math.round(performance.now() - begun);
    checks.push({ check: 'reachable', outcome: 'fine', finding: `answered in ${took} ms` });
    const none = data.providers.length === 0;
    checks.push({
      check: 'providers',
      outcome: none ? 'wrong' : 'fine',
      finding: none ? 'no provider is registered' : data.providers.join(', '),
      ...(none && { advice: 'The operator configures providers in BERTH_PROVIDERS.' }),
    });
  } catch (error) {
    return [...checks, { check: 'reachable', outcome: 'wrong', ...describeError(error) }];
  }
  return [...checks, await checkAllowed(client, session.signal)];
}

/** Tries a read only. Whether changes are allowed is known only by making one. */
async function checkAllowed(client: Client, signal: AbortSignal): Promise<Check> {
  try {
    const { data } = await client.listTenants({ limit: 1, signal });
    const finding = data.tenants.length === 0 ? 'may list tenants (there are none)' : 'may list tenants';
    return { check: 'allowed', outcome: 'fine', finding };
  } catch (error) {
    return { check: 'allowed', outcome: 'wrong', ...describeError(error) };
  }
}

async function describeCredentials(url: string, token: string | undefined): Promise<string> {
  if (token !== undefined) return 'the token in BERTH_TOKEN';
  return /\.amazonaws\.com(?:\.cn)?(?::|\/|$)/.test(url)
    ? 'signed with the AWS credentials of this shell'
    : (await localToken()) === undefined
      ? 'none (a local control plane needs none, unless it was started with --token)'
      : 'the token of the local control plane, if the endpoint is on this machine';
}

/** Checks the Docker engine, which only a local control plane with the docker provider needs. */
async function checkDocker(): Promise<Check> {
  const found = await stat(DOCKER_SOCKET).catch(() => undefined);
  const absent: Check = {
    check: 'docker',
    outcome: 'note',
    finding: `no engine at ${DOCKER_SOCKET}`,
    advice: 'Only the provider docker needs one, on the machine of the control plane.',
  };
  if (!found?.isSocket()) return absent;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connectSocket(DOCKER_SOCKET, () => resolve(true)).on('error', () => resolve(false));
  socket.setTimeout(2000, () => resolve(false));
  const isThere = await promise;
  socket.destroy();
  return isThere ? { check: 'docker', outcome: 'fine', finding: `an engine answers at ${DOCKER_SOCKET}` } : absent;
}

function describeError(error: unknown): Pick<Check, 'finding' | 'advice'> {
  if (isOfUnexpectedForm(error)) return { finding: unexpectedForm.message, advice: unexpectedForm.hint };
  if (!(error instanceof Error)) return { finding: String(error) };
  const { hint } = error as Error & { hint?: string };
  return { finding: hint ? error.message.replace(hint, '').trim() : error.message, ...(hint && { advice: hint }) };
}
