import type { Resources } from '../../compute/spec/spec.ts';

type Amounts = Pick<Resources, 'cpu' | 'memory'>;

/**
 * The task sizes that Fargate offers: CPU units (1024 are one vCPU), and the amounts of memory in MiB for each.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
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

/** The largest task on Fargate: millicores and MB. */
export const MAX_FARGATE = { cpu: 16_000, memory: 122_880 } as const;

/** The size of a task in the units of ECS: CPU units and MiB. */
export interface TaskSize {
  cpu: number;
  memory: number;
}

/** The settings that decide where tasks run. */
interface LaunchSettings {
  launch_type?: string | undefined;
  capacity_providers?: readonly { name: string }[] | undefined;
}

/** Returns true if tasks run on Fargate, and false if they run on the operator's own instances. */
export function isFargate({ launch_type, capacity_providers }: LaunchSettings): boolean {
  return capacity_providers ? capacity_providers.every(isFargateProvider) : launch_type !== 'EC2';
}

export function isFargateProvider({ name }: { name: string }): boolean {
  return name === 'FARGATE' || name === 'FARGATE_SPOT';
}

/** Returns the smallest size on Fargate that is large enough, or undefined. */
export function fargateSize({ cpu, memory }: Amounts): TaskSize | undefined {
  for (const size of SIZES) {
    const enough = size.memory.find((amount) => amount >= memory);
    if (size.cpu >= toCpuUnits(cpu) && enough !== undefined) return { cpu: size.cpu, memory: enough };
  }
  return undefined;
}

/** Returns the size of a task. On instances any amount is possible. `checkEcsSpec` refuses amounts beyond Fargate. */
export function taskSize(requested: Amounts, settings: LaunchSettings): TaskSize {
  const exact = { cpu: toCpuUnits(requested.cpu), memory: requested.memory };
  return isFargate(settings) ? (fargateSize(requested) ?? exact) : exact;
}

/** Returns a note on how the resources were rounded up to a size of Fargate, or an empty text. */
export function roundingNote(requested: Amounts, settings: LaunchSettings): string {
  const size = taskSize(requested, settings);
  const millicores = (size.cpu * 1000) / 1024;
  const isExact = requested.cpu === millicores && requested.memory === size.memory;
  if (isExact || !isFargate(settings)) return '';
  const before = `${requested.cpu} millicores and ${requested.memory} MB`;
  const after = `${millicores} millicores and ${size.memory} MB`;
  return `cpu and memory were rounded up from ${before} to ${after}, a size that Fargate offers`;
}

function toCpuUnits(millicores: number): number {
  return Math.ceil((millicores * 1024) / 1000);
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}
