const MAX_MISTAKES = 2;

/** Returns the name that was meant, if at most two letters, and less than half of them, are wrong. */
export function closestName(word: string, names: readonly string[]): string | undefined {
  const distances = names.map((name) => ({ name, distance: distance(name, word.toLowerCase()) }));
  const [closest] = distances.toSorted((one, other) => one.distance - other.distance);
  return closest && closest.distance <= Math.min(MAX_MISTAKES, closest.name.length / 2 - 0.5)
    ? closest.name
    : undefined;
}

/** Returns how many letters have to be inserted, removed, replaced or swapped to get from one word to the other. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > MAX_MISTAKES) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const [up = 0, left = 0, diagonal = 0] = [row[j], next[j - 1], row[j - 1]];
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(up + 1, left + 1, diagonal + (same ? 0 : 1), swapped));
    }
    before = row;
    row = next;
  }
  return row[other.length] ?? 0;
}
