interface Entry<T> {
  item: T;
  order: number;
}

/** A priority queue of events by time; events of the same time keep their order. It is a heap, so it may be long. */
export class Agenda<T extends { at: number }> {
  readonly #entries: Entry<T>[] = [];
  #order = 0;

  peek(): T | undefined {
    return this.#entries[0]?.item;
  }

  push(item: T): void {
    const entries = this.#entries;
    const entry = { item, order: this.#order++ };
    let place = entries.push(entry) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(entry, entries[above])) break;
      entries[place] = entries[above] as Entry<T>;
      place = above;
    }
    entries[place] = entry;
  }

  pop(): T | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (!last || entries.length === 0) return first?.item;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (isBefore(entries[below + 1], entries[below])) below += 1;
      if (!isBefore(entries[below], last)) break;
      entries[place] = entries[below] as Entry<T>;
      place = below;
    }
    entries[place] = last;
    return first?.item;
  }
}

function isBefore<T extends { at: number }>(a: Entry<T> | undefined, b: Entry<T> | undefined): boolean {
  if (!a || !b) return false;
  return a.item.at < b.item.at || (a.item.at === b.item.at && a.order < b.order);
}
