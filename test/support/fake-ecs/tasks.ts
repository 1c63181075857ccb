import type * as sdk from '@aws-sdk/client-ecs';

/** Marks fields as present that the SDK's types declare optional. */
export type With<T, Keys extends keyof T> = T & { [Key in Keys]-?: NonNullable<T[Key]> };

/** A step in the life of a task. */
export type Step = 'pend' | 'start' | 'check' | 'settle' | 'end' | 'forget';

export interface TaskRecord {
  task: With<sdk.Task, 'taskArn' | 'taskDefinitionArn' | 'lastStatus' | 'desiredStatus' | 'startedBy' | 'containers'>;
  service: string;
  cluster: string;
  /** True once it counts as running: it is healthy, or ran for long enough. */
  isUp: boolean;
  next: { step: Step; at: number } | undefined;
  /** Why it stopped by itself. */
  end: { reason: string; code: sdk.Task['stopCode']; container?: string; exitCode?: number } | undefined;
}

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
