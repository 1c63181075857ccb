import type { Stats } from 'node:fs';
import { chmod, lstat, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from './check.ts';

/*
 * The files of the local host
 *
 * The host rebuilds most of what is damaged when it starts: locks, records, ids, its log. What is left for this check is
 * what the host cannot do or should not do by itself: files of another user, files that other users may read, a database
 * that is none, and what the host moved aside. Nothing is changed without `--fix`. A database is never touched.
 */

/** The end of the names of what the host found in the place of its own files, and moved aside. */
const ASIDE = '.damaged';
const DATABASE = 'berth.db';
const LOCKS = '.locks';
const SQLITE = 'SQLite format 3\0';

interface Damage {
  problem: string;
  advice: string;
  /** Puts it right, and returns what it did. Undefined where a person has to. */
  fix?: () => Promise<string>;
}

/** Checks the data directory of the host on this machine; returns nothing if there is none. */
export async function checkFiles(dataDir: string, fixes: boolean): Promise<Check[]> {
  const about = await lstat(dataDir).catch(() => undefined);
  if (!about?.isDirectory()) return [];
  const checks: Check[] = [];
  for await (const { path, damage } of damagesIn(dataDir, about)) checks.push(await toCheck(path, damage, fixes));
  return checks.length > 0 ? checks : [{ check: 'files', outcome: 'fine', finding: `the data directory ${dataDir}` }];
}

async function toCheck(path: string, { problem, advice, fix }: Damage, fixes: boolean): Promise<Check> {
  if (!fix) return { check: 'files', outcome: 'wrong', finding: `${path} ${problem}`, advice };
  if (!fixes)
    return { check: 'files', outcome: 'wrong', finding: `${path} ${problem}`, advice: `${advice} --fix does that.` };
  try {
    return { check: 'files', outcome: 'fine', finding: `${path} ${problem}: ${await fix()}` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      check: 'files',
      outcome: 'wrong',
      finding: `${path} ${problem}; it could not be corrected (${code})`,
      advice,
    };
  }
}

/** What shows that a folder is Berth's, by its depth: the data directory, the folder of a provider, that of a tenant. */
const signs = [
  /^(?:berth\.db|berth\.log|host\.pid)$/,
  /^\.(?:installation|locks|place)$/,
  /^(?:record\.json|logs)$/,
] as const;
/** The files of the data directory that are Berth's. */
const OWN_FILES = /^(?:berth\.(?:db|log)|host\.pid|token)/;

/** Yields what is wrong with the folders of Berth and the files in them. What tenants keep in their folders is their own. */
async function* damagesIn(folder: string, about: Stats, depth = 0): AsyncGenerator<{ path: string; damage: Damage }> {
  const names = await readdir(folder).catch(() => undefined);
  if (names && depth < signs.length && !names.some((name) => signs[depth]?.test(name))) return; // not Berth's
  const own = damageOf(folder, about, depth > 0);
  if (own) yield { path: folder, damage: own };
  if (depth === signs.length) return;
  for (const name of names?.sort() ?? []) {
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    if (!found) continue; // it is gone meanwhile
    const isOwnFile = depth > 0 || OWN_FILES.test(name);
    if (name.endsWith(ASIDE)) {
      if (isOwnFile || found.isDirectory()) yield { path, damage: leftOver(path) };
    } else if (found.isDirectory() && name !== DATABASE)
      yield* damagesIn(path, found, depth + (name === LOCKS ? 2 : 1));
    else if (isOwnFile) {
      const damage = damageOf(path, found) ?? (await contentDamage(path, name, depth));
      if (damage) yield { path, damage };
    }
  }
}

/** `isPrivate`: other users may not read it. The data directory itself may be one that the user made, and open. */
function damageOf(path: string, { uid, mode }: Stats, isPrivate = true): Damage | undefined {
  const user = process.geteuid?.();
  if (user !== undefined && uid !== user) {
    return { problem: `belongs to another user (${uid})`, advice: `Give it back: chown ${user} '${path}'` };
  }
  const isFolder = (mode & 0o170000) === 0o040000;
  const isLink = (mode & 0o170000) === 0o120000;
  const wanted = isFolder ? 0o700 : 0o600;
  if (isLink || ((mode & wanted) === wanted && !(isPrivate && mode & 0o077))) return undefined;
  const problem = (mode & wanted) === wanted ? 'is open to other users' : 'is closed to its own user';
  const fix = async () => {
    await chmod(path, wanted);
    return `its mode is now ${wanted.toString(8)}`;
  };
  return { problem, advice: `Set its mode: chmod ${wanted.toString(8)} '${path}'.`, fix };
}

function leftOver(path: string): Damage {
  const fix = async () => {
    await rm(path, { recursive: true, force: true });
    return 'removed';
  };
  return { problem: 'was found in the place of a file of Berth', advice: 'Look at it, and remove it.', fix };
}

/** Reads the few files whose content a person has to know about. */
async function contentDamage(path: string, name: string, depth: number): Promise<Damage | undefined> {
  if (depth === 0 && name === DATABASE && (await beginningOf(path)) !== SQLITE) {
    const advice = 'Put a copy of it in its place. Or move it away to begin anew: what still runs is then left alone.';
    return { problem: 'is no database', advice };
  }
  if (depth === 2 && name === 'record.json' && !(await isJson(path))) {
    return {
      problem: 'is damaged',
      advice: 'Start Berth: it brings the tenant back within a minute. Or destroy the tenant.',
    };
  }
  return undefined;
}

async function beginningOf(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SQLITE.length), 0, SQLITE.length, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } catch {
    return '';
  }
}

async function isJson(path: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(path, 'utf8'));
    return true;
  } catch {
    return false;
  }
}
