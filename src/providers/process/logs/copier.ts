/**
 * The log copier: a process beside the host that copies the output of all containers of one data folder from their pipes
 * into their logs. Usage: node copier.ts FOLDER. The comment in `log-pipes.ts` tells how hosts use it.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { withLock } from '../records/tenant-lock.ts';
import { LogWriter } from './log-writer.ts';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** A container that writes more than this in a second is slowed down, so that it leaves the processor to the others. */
const BYTES_PER_SECOND = 8 * 1024 * 1024;
/** How long a copier that nothing needs waits for its host. */
const IDLE_MS = 10_000;
/** What a host asks for: to open the pipe of an instance, or to copy what is in the pipes of a tenant. */
const REQUEST = /^(open|sync) ([a-z0-9-]+(?:\/[a-z0-9-]+)?) ([0-9a-f-]+)$/;
const NAME = /^[a-z0-9-]+\/[a-z0-9-]+$/;
/** The most reads of a pipe for that. One takes as much as a pipe holds, unless a program has enlarged it. */
const SYNC_READS = 16;

interface Log {
  writer: LogWriter;
  descriptor: number;
  reader: Socket;
  onData: (chunk: Buffer) => void;
  /** Nothing was read from this reader yet. */
  isIdle: boolean;
}

const root = process.argv[2] ?? '';
const locks = join(root, '.locks');
const controlPath = join(locks, '.copier.pipe');
const logs = new Map<string, Log>();
const { promise: unneeded, resolve: finish } = Promise.withResolvers<void>();
let control = -1;
let unfinishedMessage = '';

// A second copier waits for the lock in vain, and ends.
await withLock(join(locks, '.copier'), async () => {
  listen();
  for (const name of pipesThere()) openLog(name, { isExpected: false });
  setTimeout(finishIfUnneeded, IDLE_MS);
  await unneeded;
}).catch(() => undefined);
process.exit();

/** Reads messages of hosts. A reader ends with its last writer, and the next host needs one that has not ended. */
function listen(): void {
  control = openSync(controlPath, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  read(control, onMessages, () => {
    listen();
    for (const file of namesIn(locks).filter((name) => name.startsWith('.request-'))) rmSync(join(locks, file));
    // A host that died may have announced a pipe without ever writing to it.
    for (const [name, { isIdle }] of logs) if (isIdle) openLog(name, { isExpected: false });
    finishIfUnneeded();
  });
}

/** Does what hosts ask for, and says so by removing the file of the request. */
function onMessages(chunk: Buffer): void {
  const lines = `${unfinishedMessage}${chunk}`.split('\n');
  unfinishedMessage = lines.pop() ?? '';
  for (const line of lines) {
    const [, request, name = '', token] = REQUEST.exec(line) ?? [];
    if (request === 'open') openLog(name, { isExpected: true });
    else if (request === 'sync') sync(name);
    if (token) rmSync(join(locks, `.request-${token}`), { force: true });
  }
}

/** Copies what is in the pipes of a tenant now. */
function sync(tenant: string): void {
  for (const [name, { descriptor, reader, onData }] of logs) {
    if (!name.startsWith(`${tenant}/`)) continue;
    while (reader.read() !== null); // what it holds back while it is slowed down; it goes to `onData`
    for (let reads = 0; reads < SYNC_READS; reads += 1) {
      const chunk = peek(descriptor);
      if (!chunk?.length) break;
      onData(chunk);
    }
  }
}

/** Ends this process where no pipe is open and no host is there. */
function finishIfUnneeded(): void {
  if (logs.size > 0) return;
  const messages = peek(control);
  if (messages) onMessages(messages);
  else finish();
}

/** Returns the names of all pipes: of containers that outlived an earlier copier, or of ended ones. */
function pipesThere(): string[] {
  const names = namesIn(root).flatMap((tenant) =>
    namesIn(join(root, tenant, 'logs')).flatMap((file) => {
      const instance = /^(.*)\.pipe$/.exec(file)?.[1];
      return instance === undefined ? [] : `${tenant}/${instance}`;
    }),
  );
  return names.filter((name) => NAME.test(name));
}

/**
 * Opens a pipe; anew if it is open, because its reader may be about to end. Unless a writer is expected, a pipe without one
 * is closed again.
 */
function openLog(name: string, { isExpected }: { isExpected: boolean }): void {
  const path = join(root, name.replace('/', '/logs/'));
  const descriptor = openPipe(`${path}.pipe`);
  if (descriptor === undefined) return;
  const known = logs.get(name);
  known?.reader.destroy();
  const first = peek(descriptor);
  if (!first && !isExpected) {
    closeSync(descriptor);
    endLog(name);
    return;
  }
  const writer = known?.writer ?? new LogWriter(`${path}.log`);
  let second = { begun: 0, bytes: 0 };
  const onData = (chunk: Buffer) => {
    log.isIdle = false;
    writer.write(chunk);
    const now = performance.now();
    if (now - second.begun > 1000) second = { begun: now, bytes: 0 };
    second.bytes += chunk.length;
    if (second.bytes < BYTES_PER_SECOND) return;
    log.reader.pause();
    setTimeout(() => log.reader.resume(), second.begun + 1000 - now);
  };
  const onEnd = () => {
    if (logs.get(name) === log) endLog(name);
  };
  const log: Log = { writer, descriptor, reader: read(descriptor, onData, onEnd), onData, isIdle: true };
  logs.set(name, log);
  if (first && first.length > 0) onData(first);
}

function endLog(name: string): void {
  logs.get(name)?.writer.close();
  logs.delete(name);
  finishIfUnneeded();
}

/** Opens a pipe to read, without waiting for a writer. Returns undefined if there is none of that name. */
function openPipe(path: string): number | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    if (fstatSync(descriptor).isFIFO()) return descriptor;
  } catch {
    // It was removed, or something else has its name.
  }
  if (descriptor !== undefined) closeSync(descriptor);
  return undefined;
}

/** Reads what is in a pipe now. Returns undefined where no process has it open to write. */
function peek(descriptor: number): Buffer | undefined {
  const buffer = Buffer.alloc(64 * 1024);
  try {
    const bytes = readSync(descriptor, buffer);
    return bytes > 0 ? buffer.subarray(0, bytes) : undefined;
  } catch {
    return Buffer.alloc(0); // EAGAIN: there is a writer, and nothing to read
  }
}

/** Reads a pipe until its last writer is gone. `onEnd` is not called for a reader that was destroyed. */
function read(descriptor: number, onData: (chunk: Buffer) => void, onEnd: () => void): Socket {
  return new Socket({ fd: descriptor, readable: true, writable: false })
    .on('data', onData)
    .on('end', onEnd)
    .on('error', onEnd);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
