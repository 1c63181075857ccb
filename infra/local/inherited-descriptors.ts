import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC, as Linux shows it in /proc/self/fdinfo. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * Closes what this process inherited beside standard input, output and error. Whatever starts the host may have files open,
 * and every process that the host starts would inherit them in turn, tenants included. What Node and SQLite open is marked
 * to be closed in children (O_CLOEXEC), and Node marks the first inherited ones; those that remain are closed here.
 * Only for the start of a program. Linux only: elsewhere it does nothing.
 */
export function closeInheritedDescriptors(): void {
  if (process.platform !== 'linux') return;
  for (const descriptor of readdirSync('/proc/self/fd').map(Number)) {
    if (descriptor <= 2 || isClosedOnExec(descriptor)) continue;
    try {
      closeSync(descriptor);
    } catch {
      // The one that read the folder.
    }
  }
}

function isClosedOnExec(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) !== 0;
  } catch {
    return true; // it is closed already
  }
}
