/** Longer pieces are split, so that an insertion moves few items. */
const LONGEST_PIECE = 512;

/** A sorted list in pieces: an insertion into a long list costs about as much as into a short one. */
export class SortedList<T> {
  readonly #pieces: T[][] = [];
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  add(item: T): void {
    const at = Math.min(this.#pieceOf(item), Math.max(0, this.#pieces.length - 1));
    const piece = this.#pieces[at] ?? [];
    piece.splice(this.#placeIn(piece, item), 0, item);
    if (this.#pieces.length === 0) this.#pieces.push(piece);
    if (piece.length > LONGEST_PIECE) this.#pieces.splice(at + 1, 0, piece.splice(LONGEST_PIECE >> 1));
  }

  /** Removes the equal item, if there is one. */
  remove(item: T): void {
    const at = this.#pieceOf(item);
    const piece = this.#pieces[at] ?? [];
    const place = this.#placeIn(piece, item);
    const found = piece[place];
    if (found === undefined || this.#compare(found, item) !== 0) return;
    piece.splice(place, 1);
    if (piece.length === 0) this.#pieces.splice(at, 1);
  }

  /** Returns the items that are neither before nor beyond, up to the limit: the first ones, or with `fromEnd` the last. */
  slice(
    isBefore: (item: T) => boolean,
    isBeyond: (item: T) => boolean,
    { limit, fromEnd }: { limit: number; fromEnd: boolean },
  ): T[] {
    const taken: T[] = [];
    const count = this.#pieces.length;
    const first = fromEnd
      ? firstWhere(count, (at) => this.#lastOf(at, isBeyond)) // the piece in which the items beyond begin
      : firstWhere(count, (at) => !this.#lastOf(at, isBefore));
    for (let at = Math.min(first, count - 1); at >= 0 && at < count && taken.length < limit; at += fromEnd ? -1 : 1) {
      const piece = this.#pieces[at] ?? [];
      const from = firstWhere(piece.length, (place) => !isBefore(piece[place] as T));
      const to = firstWhere(piece.length, (place) => isBeyond(piece[place] as T));
      const left = limit - taken.length;
      if (fromEnd) taken.unshift(...piece.slice(Math.max(from, to - left), to));
      else taken.push(...piece.slice(from, Math.min(to, from + left)));
      if (fromEnd ? from > 0 : to < piece.length) break;
    }
    return taken;
  }

  #lastOf(at: number, holds: (item: T) => boolean): boolean {
    const last = this.#pieces[at]?.at(-1);
    return last !== undefined && holds(last);
  }

  /** Returns the first piece whose last item is not before `item`. */
  #pieceOf(item: T): number {
    return firstWhere(this.#pieces.length, (at) => this.#compare(this.#pieces[at]?.at(-1) as T, item) >= 0);
  }

  #placeIn(piece: readonly T[], item: T): number {
    return firstWhere(piece.length, (place) => this.#compare(piece[place] as T, item) >= 0);
  }
}

/** Returns the first of `count` places at which a monotonic condition holds, by binary search. */
function firstWhere(count: number, holds: (place: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
