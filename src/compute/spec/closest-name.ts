/** A name that differs in more than this share of its letters is another name. */
const FURTHEST = 0.4;
const LONGEST_NAME = 64;

/** Returns the known name that a mistyped one is closest to, or undefined if none is close. */
export function closestName(given: string, known: readonly string[]): string | undefined {
  if (given.length > LONGEST_NAME) return undefined;
  const plain = (name: string) => name.toLowerCase().replace(/[-_\s]/g, '');
  let best: { name: string; edits: number } | undefined;
  for (const name of known) {
    const edits = distance(plain(given), plain(name));
    if (edits <= Math.max(given.length, name.length) * FURTHEST && edits < (best?.edits ?? Number.POSITIVE_INFINITY)) {
      best = { name, edits };
    }
  }
  return best?.name;
}

/** Counts the insertions, deletions, substitutions and swaps of neighbours that lead from one text to the other. */
function distance(from: string, to: string): number {
  let [before, current]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, index) => index)];
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const least = [
        (current[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (current[column - 1] ?? 0) + (same ? 0 : 1),
      ];
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (isSwap) least.push((before[column - 2] ?? 0) + 1);
      next.push(Math.min(...least));
    }
    [before, current] = [current, next];
  }
  return current[to.length] ?? 0;
}
