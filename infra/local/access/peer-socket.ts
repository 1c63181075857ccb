import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';

/** The end of a connection that the caller has. */
export interface PeerSocket {
  /** The user who opened it. */
  uid: number;
  /** Identifies it among the open files of processes. */
  inode: string;
}

/** The four numbers of a connection, as a server's `Socket` has them. */
export type Connection = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>;

/** A program with a socket for IPv6 connects to 127.0.0.1, too. */
const tables = ['/proc/net/tcp', '/proc/net/tcp6'] as const;

/** The kernel writes the table page by page; an entry can be missed when others come and go in between. */
const READS = 3;

/** Returns true if this system tells who owns a socket. Linux does. */
export function tellsOwners(): boolean {
  return process.platform === 'linux' && tables.some((table) => read(table) !== '');
}

/**
 * Finds the socket of the caller, which is on this machine because the host listens on the loopback address only. Returns
 * undefined if no process has it open any more: the kernel forgets its owner when it is closed.
 */
export function findPeer(connection: Connection, readTable: (table: string) => string = read): PeerSocket | undefined {
  for (let reads = 0; reads < READS; reads += 1) {
    for (const table of tables) {
      const isMapped = table.endsWith('6');
      const peer = place(connection.remoteAddress, connection.remotePort, isMapped);
      const own = place(connection.localAddress, connection.localPort, isMapped);
      if (peer === undefined || own === undefined) return undefined;
      const found = parse(readTable(table), `${peer} ${own} `);
      if (found) return found.inode === '0' ? undefined : found;
    }
  }
  return undefined;
}

/** Parses the line with these addresses, see proc_net_tcp(5). */
function parse(table: string, addresses: string): PeerSocket | undefined {
  const at = table.indexOf(` ${addresses}`);
  if (at < 0) return undefined;
  const fields = table.slice(at, table.indexOf('\n', at)).trim().split(/\s+/);
  const [uid, inode] = [fields[6], fields[8]]; // without the number of the line
  return uid === undefined || inode === undefined ? undefined : { uid: Number(uid), inode };
}

/** Formats address and port as the kernel does: in hexadecimal digits, the address in the byte order of the machine. */
function place(address: string | undefined, port: number | undefined, isMapped: boolean): string | undefined {
  const [, ...bytes] = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/i.exec(address ?? '') ?? [];
  if (bytes.length === 0 || port === undefined) return undefined;
  const isLittle = endianness() === 'LE';
  const hex = (isLittle ? bytes.reverse() : bytes).map((byte) => toHex(Number(byte), 2)).join('');
  const prefix = isMapped ? `0000000000000000${isLittle ? 'FFFF0000' : '0000FFFF'}` : '';
  return `${prefix}${hex}:${toHex(port, 4)}`;
}

function toHex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
