import type Docker from 'dockerode';
import type { Engine } from './engine.ts';
import { SECRETS_LABEL } from './labels.ts';
import { parseLog } from './log-frames.ts';
import { redact, stripControls } from './redact.ts';

const LINES = 10;
const MAX_CHARACTERS = 800;

type Inspected = Docker.ContainerInspectInfo;

/** The last that a container wrote, without any value of its environment, for a message. */
export async function excerpt(engine: Engine, inspected: Inspected): Promise<string> {
  const log = await engine.readLogs(inspected.Id, LINES).catch(() => undefined); // a message without it is better than none
  if (!log) return '';
  const lines = parseLog(log).map(({ text }) => stripControls(text));
  const text = redact(lines.join('\n'), environmentOf(inspected).values()).trim();
  return text.length > MAX_CHARACTERS ? `…${text.slice(-MAX_CHARACTERS)}` : text;
}

/** The values of the secrets that a container was given. */
export function secretsOf(inspected: Inspected): string[] {
  const environment = environmentOf(inspected);
  const names = (inspected.Config.Labels[SECRETS_LABEL] ?? '').split(',');
  return names.flatMap((name) => environment.get(name) ?? []);
}

function environmentOf({ Config }: Inspected): Map<string, string> {
  return new Map(
    (Config.Env ?? []).map((entry) => {
      const end = entry.indexOf('=');
      return [entry.slice(0, end), entry.slice(end + 1)];
    }),
  );
}
