import { accessSync, chmodSync, constants, mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Config, readConfig } from '../../functions/runtime/setup/config.ts';
import { createServices, provideServices } from '../../functions/runtime/setup/services.ts';
import { ComputeError } from '../../src/compute/errors.ts';
import type { Provider } from '../../src/index.ts';
import { loadType } from '../../src/providers/provider-modules.ts';
import { Access } from './access/access.ts';
import { type HostToken, prepareToken } from './access/token.ts';
import { claimPlaces } from './claim-places.ts';
import { CommandError } from './command-line.ts';
import { ChangeLog } from './database/change-log.ts';
import { openDatabase } from './database/open-database.ts';
import { purge } from './database/purge.ts';
import { createSqliteTable } from './database/sqlite-table.ts';
import { withDoorAddresses } from './door/addresses.ts';
import { FrontDoor } from './door/front-door.ts';
import { Routes } from './door/routes.ts';
import { Traffic } from './door/traffic.ts';
import { createLocalEvents } from './events/local-events.ts';
import { findProviders } from './find-providers.ts';
import { refuseClient } from './http/refuse-client.ts';
import { createListener } from './http/request-listener.ts';
import { loadHandlers } from './load-handlers.ts';
import { openLogFile } from './log-file.ts';
import { startSchedule, WATCH_INTERVAL } from './schedule.ts';
import { LocalSessions } from './sessions/local-sessions.ts';
import { createUpgrades, isStreamRequest } from './sessions/upgrades.ts';

/** Options that are not given are read from the environment. */
export interface LocalServerOptions {
  port?: number | undefined;
  /** The port of the stable addresses of tenants; 0 for a free one. */
  frontDoorPort?: number | 'off' | undefined;
  dataDir?: string | undefined;
  /** True: callers have to send BERTH_TOKEN or, without it, a token that the host makes. Default: only if it is set. */
  token?: boolean | undefined;
  providers?: Record<string, { type: string; [setting: string]: unknown }> | undefined;
  /** Providers in addition to those. */
  added?: Record<string, { type: string }> | undefined;
  /** Milliseconds for which a status is cached. */
  statusMaxAge?: number | undefined;
  /** Milliseconds between two rounds of looks at all tenants. Default 3,000. */
  watchInterval?: number | undefined;
  /** Seconds for which a change of health has to hold before it counts. Default: BERTH_HEALTH_HOLD_SECONDS, or 20. */
  healthHold?: number | undefined;
  /** Milliseconds that an invocation may take. Default 29,000. */
  functionTimeout?: number | undefined;
}

export interface LocalServer {
  url: string;
  /** The port of the front door; undefined where it is off. */
  frontDoorPort: number | undefined;
  dataDir: string;
  logFile: string;
  /** What callers have to send. Undefined: processes of this user need no token. */
  token: HostToken | undefined;
  /** Lists the tenants that the providers hold now, as `tenant (provider)`. */
  heldTenants(): Promise<string[]>;
  /** Refuses new requests, finishes those under way, and closes the providers. Tenants keep running. Idempotent. */
  close(): Promise<void>;
}

const SERVER = { maxHeaderSize: 10_240, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 };

/** Milliseconds that `close` waits for requests under way: longer than any of them may take. */
const DRAIN_MS = 30_000;

/**
 * Starts the control plane on this machine. One per process, because the handlers of a process share their services.
 * Throws `CommandError` or `ConfigError`, and leaves nothing open then.
 */
export async function startLocalServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  const config = readConfig({
    BERTH_PORT: options.port?.toString(),
    BERTH_FRONT_DOOR_PORT: options.frontDoorPort?.toString(),
    BERTH_DATA_DIR: options.dataDir,
    BERTH_PROVIDERS: options.providers && JSON.stringify(options.providers),
    BERTH_STATUS_MAX_AGE_MS: options.statusMaxAge?.toString(),
    BERTH_HEALTH_HOLD_SECONDS: options.healthHold?.toString(),
  });
  const { dataDir } = config;
  const added = readAdded(options.added, config);
  const undo = new AsyncDisposableStack();
  try {
    const providersFound = findProviders(config);
    createDataDir(dataDir);
    const database = await openDatabase(dataDir);
    undo.defer(() => database.close());
    const log = openLogFile(dataDir);
    undo.defer(log.close);
    const token = prepareToken(dataDir, { given: config.token, generates: options.token === true });
    const changes = new ChangeLog(database);
    const table = createSqliteTable(database, changes.written);
    const events = createLocalEvents(database);
    const door = config.frontDoorPort === 'off' ? undefined : new FrontDoor();
    const traffic = new Traffic();
    const sessions = new LocalSessions();
    const services = await createServices(
      { ...config, providers: { ...(await providersFound), ...added } },
      {
        write: log.write,
        table,
        bus: events.put,
        watchEveryMs: options.watchInterval ?? WATCH_INTERVAL,
        frontDoor: door && traffic,
        openStream: sessions.open,
        addresses: (tenantId, endpoints) => withDoorAddresses(tenantId, endpoints, door?.port),
      },
    );
    const { logger, registry, store, tenants, manager } = services;
    await store.installation(); // from the first moment on, so that reads know it too
    const providers = registry.list().map((name) => registry.get(name));
    undo.defer(() => closeAll(providers));
    await claimPlaces(services);
    await door?.listen(Number(config.frontDoorPort));
    undo.defer(async () => door?.close());
    await Promise.all(providers.map((provider) => startProvider(provider, dataDir)));
    provideServices(services);
    undo.defer(() => provideServices(undefined));
    const removeExpired = (signal: AbortSignal) => purge(database, { now: Date.now(), signal, changes });
    undo.defer(startSchedule(services, removeExpired));
    undo.defer(events.start(changes, logger));
    const handlers = await loadHandlers();
    let closing = false;
    const { functionTimeout } = options;
    const isClosing = () => closing;
    const access = new Access({ token: token?.value, isTenantSocket: tenantSockets(services.config) });
    const answer = createListener({ handlers, eventRoutes: events.routes, logger, functionTimeout, isClosing, access });
    // Requests without a host, or with an unknown expectation, get a problem document, too, and not Node's empty answer.
    const server = createServer({ ...SERVER, requireHostHeader: false, shouldUpgradeCallback: isStreamRequest }, answer)
      .on('connection', (socket) => access.judge(socket))
      .on('checkExpectation', answer)
      .on('upgrade', createUpgrades({ access, sessions, logger }))
      .on('clientError', refuseClient);
    const port = await listen(server, config.port);
    const isOwnPort = (candidate: number) => candidate === port || candidate === door?.port;
    door?.open({ routes: new Routes({ store, tenants, manager, traffic, isOwnPort }), logger });
    undo.defer(async () => {
      closing = true;
      events.hangUp();
      await Promise.all([drain(server), sessions.close()]);
    });
    return {
      url: `http://127.0.0.1:${port}`,
      frontDoorPort: door?.port,
      dataDir,
      logFile: log.path,
      token,
      heldTenants: () => listHeld(providers),
      close: () => undo.disposeAsync(),
    };
  } catch (error) {
    await undo.disposeAsync();
    throw error;
  }
}

/** Checks added providers as those of BERTH_PROVIDERS are checked. */
function readAdded(added: LocalServerOptions['added'] = {}, { providers }: Config): Config['providers'] {
  if (Object.keys(added).length === 0) return {};
  for (const name of Object.keys(added)) {
    if (Object.hasOwn(providers, name)) {
      throw new CommandError(`--provider: there is a provider ${name} already. Choose another name.`);
    }
  }
  return readConfig({ BERTH_PROVIDERS: JSON.stringify(added) }, {}).providers;
}

function createDataDir(dataDir: string): void {
  try {
    const created = mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    if (created || !isUsable(dataDir)) chmodSync(dataDir, 0o700); // a umask can take away the owner's permissions, too
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(
      `The data directory ${dataDir} cannot be created (${code}).\nChoose another with --data-dir.`,
    );
  }
}

function isUsable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Listens on the loopback address only: nothing else is protected by `Access`. */
function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', (error: NodeJS.ErrnoException) => {
    const reason = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${error.code})`;
    reject(new CommandError(`Port ${port} ${reason}.\nChoose another with --port; --port 0 finds a free one.`));
  });
  server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  return promise;
}

/** Returns a function that tells the sockets of tenants from others, as the types of the providers do. */
function tenantSockets({ providers }: Config): (inode: string) => boolean {
  const tests = Object.values(providers).flatMap(({ type }) => loadType(type).descriptor?.isTenantSocket ?? []);
  return (inode) => tests.some((isTenantSocket) => isTenantSocket(inode));
}

async function drain(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await promise;
  clearTimeout(timer);
}

/** Starts what a provider does in the background. Throws `CommandError`. */
async function startProvider(provider: Provider, dataDir: string): Promise<void> {
  try {
    await provider.start?.();
  } catch (error) {
    if (!(error instanceof ComputeError)) throw error;
    throw new CommandError(
      `The provider ${provider.name} cannot start: ${error.message}.\n` +
        `Check its folder in the data directory ${dataDir}, and the disk. Then start Berth again.`,
    );
  }
}

async function closeAll(providers: readonly Provider[]): Promise<void> {
  await Promise.allSettled(providers.map((provider) => provider.close?.()));
}

async function listHeld(providers: readonly Provider[]): Promise<string[]> {
  const held: string[] = [];
  for (const provider of providers) {
    for await (const { tenant_id } of provider.list()) held.push(`${tenant_id} (${provider.name})`);
  }
  return held.sort();
}
