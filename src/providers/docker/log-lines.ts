import type { LogLine, LogQuery } from '../../compute/provider.ts';
import type { Engine } from './engine.ts';
import { secretsOf } from './excerpt.ts';
import { parseLog } from './log-frames.ts';
import { redact } from './redact.ts';
import type { OwnedContainer, World } from './world.ts';

const DEFAULT_TAIL = 100;

/** The newest lines of a tenant's containers, oldest first. While a rollout is under way, those of both versions. */
export async function readLines(
  engine: Engine,
  { containers }: World,
  { container: only, tail = DEFAULT_TAIL }: Pick<LogQuery, 'container' | 'tail'>,
): Promise<LogLine[]> {
  const own = containers.filter(({ role }) => role === 'tenant');
  const names = [...new Set(own.map(({ instance }) => instance.container))];
  const wanted = names.filter((name) => only === undefined || name === only);
  const lines = await Promise.all(
    wanted.map(async (name) => {
      const instances = own.filter(({ instance }) => instance.container === name);
      const all = await Promise.all(instances.map((instance) => readOne(engine, instance, tail)));
      return tail > 0 ? all.flat().sort(byTime).slice(-tail) : [];
    }),
  );
  return lines.flat().sort(byTime);
}

async function readOne(engine: Engine, { id, instance }: OwnedContainer, tail: number): Promise<LogLine[]> {
  const [inspected, log] = await Promise.all([engine.inspectContainer(id), engine.readLogs(id, tail)]);
  if (!inspected || !log) return [];
  const secrets = secretsOf(inspected);
  return parseLog(log).map(({ time, text }) => ({ container: instance.container, time, text: redact(text, secrets) }));
}

function byTime({ time: one = '' }: LogLine, { time: other = '' }: LogLine): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
