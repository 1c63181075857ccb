import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** What can happen to a file or a folder while no host runs. */
const damages = {
  emptied: (path) => truncateSync(path, 0),
  'cut in half': (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  garbled: (path) =>
    writeFileSync(path, Buffer.from(readFileSync(path).map((byte, at) => (at % 3 === 0 ? 0xb6 : byte)))),
  removed: (path) => rmSync(path, { recursive: true }),
  'replaced by a folder': (path) => {
    rmSync(path, { recursive: true });
    mkdirSync(join(path, 'x'), { recursive: true });
  },
  'replaced by a file': (path) => {
    rmSync(path, { recursive: true });
    writeFileSync(path, 'x');
  },
  'made unreadable': (path) => chmodSync(path, 0),
  'given to another user': (path) => chownSync(path, 12_345, 12_345),
} as const satisfies Record<string, (path: string) => void>;

export type Damage = keyof typeof damages;

const isRoot = process.geteuid?.() === 0;
const ANOTHER_USER = 65_534;

/** The user of the hosts; undefined for the present one. Root may read everything, so then it is another one if possible. */
export const userOfHosts = isRoot && canRunHost() ? ANOTHER_USER : undefined;

function canRunHost(): boolean {
  const main = new URL('../../../infra/local/main.ts', import.meta.url).pathname;
  return spawnSync(process.execPath, [main, '--help'], { uid: ANOTHER_USER, gid: ANOTHER_USER }).status === 0;
}

export const damagesOfFiles: readonly Damage[] = [
  'emptied',
  'cut in half',
  'garbled',
  'removed',
  'replaced by a folder',
  'made unreadable',
  ...(isRoot ? (['given to another user'] as const) : []),
];
export const damagesOfFolders: readonly Damage[] = ['removed', 'replaced by a file', 'made unreadable'];

/** Damages a file or a folder. What is new there belongs to the user of the hosts. */
export function inflict(damage: Damage, path: string): void {
  damages[damage](path);
  if (damage === 'replaced by a folder' || damage === 'replaced by a file') give(path);
}

/** Gives a file, or a folder with all that is in it, to the user of the hosts. */
export function give(path: string): void {
  if (userOfHosts === undefined) return;
  chownSync(path, userOfHosts, userOfHosts);
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) give(join(path, name));
}
