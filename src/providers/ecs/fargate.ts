import type { Resources } from '../../compute/spec/spec.ts';

/**
 * The sizes Fargate has: CPU units (1024 are one vCPU), and the memory in MiB that goes with them.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html#ECS-RegisterTaskDefinition-request-memory
 */
const SIZES: readonly { cpu: number; memory: readonly number[] }[] = [
  { cpu: 256, memory: [512, 1024, 2048] },
  { cpu: 512, memory: range(1024, 4096, 1024) },
  { cpu: 1024, memory: range(2048, 8192, 1024) },
  { cpu: 2048, memory: range(4096, 16_384, 1024) },
  { cpu: 4096, memory: range(8192, 30_720, 1024) },
  { cpu: 8192, memory: range(16_384, 61_440, 4096) },
  { cpu: 16_384, memory: range(32_768, 122_880, 8192) },
];

/** The largest amounts that a task on Fargate can have: millicores and MB. */
export const MAX_FARGATE = { cpu: 16_000, memory: 122_880 } as const;

/** What a task gets, in the units of ECS. */
export interface TaskSize {
  /** CPU units. */
  cpu: number;
  /** MiB. */
  memory: number;
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}

/** The smallest size that has what is asked for; undefined where none does. */
export function fargateSize({ cpu, memory }: Pick<Resources, 'cpu' | 'memory'>): TaskSize | undefined {
  for (const size of SIZES) {
    const enough = size.memory.find((amount) => amount >= memory);
    if (size.cpu >= toCpuUnits(cpu) && enough !== undefined) return { cpu: size.cpu, memory: enough };
  }
  return undefined;
}

/** What a task on instances of one's own gets: any amount will do there. */
export function instanceSize({ cpu, memory }: Pick<Resources, 'cpu' | 'memory'>): TaskSize {
  return { cpu: toCpuUnits(cpu), memory };
}

/** CPU units for millicores, never fewer than were asked for. */
export function toCpuUnits(millicores: number): number {
  return Math.ceil((millicores * 1024) / 1000);
}

/** Says what was rounded up, for whoever pays for it. Empty where nothing was. */
export function describeRounding(asked: Pick<Resources, 'cpu' | 'memory'>, size: TaskSize): string {
  const millicores = (size.cpu * 1000) / 1024;
  if (asked.cpu === millicores && asked.memory === size.memory) return '';
  const got = `${millicores} millicores and ${size.memory} MB`;
  return `cpu and memory were rounded up from ${asked.cpu} millicores and ${asked.memory} MB to ${got}, a size that Fargate has`;
}
