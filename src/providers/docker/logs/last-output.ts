import type Docker from 'dockerode';
import { hiddenInLogs, redact, stripControls } from '../../../compute/spec/redact.ts';
import type { Engine } from '../engine/engine.ts';
import { LABEL } from '../labels.ts';
import { parseLog } from './log-frames.ts';

const LINES = 10;
const MAX_CHARACTERS = 800;

type Inspected = Docker.ContainerInspectInfo;

/** Returns the last output of a container, with every value of its environment redacted; '' if it cannot be read. */
export async function lastOutput(engine: Engine, inspected: Inspected): Promise<string> {
  const log = await engine.readLogs(inspected.Id, { tail: LINES }).catch(() => undefined);
  if (!log) return '';
  const lines = parseLog(log).map(({ text }) => stripControls(text));
  const text = redact(lines.join('\n'), environmentOf(inspected).values()).trim();
  return text.length > MAX_CHARACTERS ? `…${text.slice(-MAX_CHARACTERS)}` : text;
}

/**
 * Returns the values to redact in the log of a container: all secrets, and those values of its environment that
 * `hiddenInLogs` selects. Values from the image itself, such as PATH, are public and would redact too much.
 */
export async function hiddenValues(engine: Engine, inspected: Inspected): Promise<string[]> {
  const environment = environmentOf(inspected);
  const secrets = (inspected.Config.Labels[LABEL.secrets] ?? '')
    .split(',')
    .flatMap((name) => environment.get(name) ?? []);
  const image = await engine.inspectImage(inspected.Image);
  for (const entry of image?.Config.Env ?? []) {
    const [name = ''] = entry.split('=', 1);
    if (entry === `${name}=${environment.get(name)}`) environment.delete(name);
  }
  return [...hiddenInLogs(Object.fromEntries(environment)), ...secrets];
}

function environmentOf({ Config }: Inspected): Map<string, string> {
  return new Map(
    (Config.Env ?? []).map((entry) => {
      const end = entry.indexOf('=');
      return [entry.slice(0, end), entry.slice(end + 1)];
    }),
  );
}
