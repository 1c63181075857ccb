import type { TableChange } from '../../../../src/events/announce-changes.ts';

/** The writes of tenants that are not acknowledged yet, in their order. */
export class ChangeStream {
  changes: TableChange[] = [];
  #waiting: (() => void)[] = [];

  push(change: TableChange): void {
    this.changes.push(change);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves as soon as there is a change. */
  async arrival(): Promise<void> {
    if (this.changes.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  acknowledge(done: readonly TableChange[]): void {
    const acknowledged = new Set(done);
    this.changes = this.changes.filter((change) => !acknowledged.has(change));
  }
}
