import type { TableChange } from '../../../src/events/announce-changes.ts';

/** The writes of tenants that nobody has yet acknowledged, in their order. */
export class ChangeStream {
  changes: TableChange[] = [];
  #bells: (() => void)[] = [];

  push(change: TableChange): void {
    this.changes.push(change);
    for (const ring of this.#bells.splice(0)) ring();
  }

  /** Resolves as soon as there is something. */
  async arrival(): Promise<void> {
    if (this.changes.length === 0) await new Promise<void>((resolve) => this.#bells.push(resolve));
  }

  acknowledge(done: readonly TableChange[]): void {
    const gone = new Set(done);
    this.changes = this.changes.filter((change) => !gone.has(change));
  }
}
