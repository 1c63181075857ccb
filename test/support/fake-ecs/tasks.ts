import type { TaskRecord } from './ecs-state.ts';

/** Tasks in order of creation, indexed by their own ARN and by that of their service. */
export class Tasks {
  readonly #byArn = new Map<string, TaskRecord>();
  readonly #byService = new Map<string, Set<TaskRecord>>();

  add(record: TaskRecord): void {
    this.#byArn.set(record.task.taskArn, record);
    const others = this.#byService.get(record.service) ?? new Set();
    this.#byService.set(record.service, others.add(record));
  }

  remove(record: TaskRecord): void {
    this.#byArn.delete(record.task.taskArn);
    this.#byService.get(record.service)?.delete(record);
  }

  clear(): void {
    this.#byArn.clear();
    this.#byService.clear();
  }

  get(arn: string): TaskRecord | undefined {
    return this.#byArn.get(arn);
  }

  of(serviceArn = ''): TaskRecord[] {
    return [...(this.#byService.get(serviceArn) ?? [])];
  }

  [Symbol.iterator](): Iterator<TaskRecord> {
    return this.#byArn.values();
  }
}
