import type { CommandDefinition, OptionDefinition } from '../../../src/cli/command.ts';
import { commands } from '../../../src/cli/commands.ts';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { globalOptions } from '../../../src/cli/options.ts';

const meanings: Record<keyof typeof exitCodes, string> = {
  done: 'The command succeeded.',
  failed: 'The command failed for at least one tenant; the output says why.',
  changesPending: '`berth plan` and `berth apply --dry-run`: there are changes.',
  timedOut: '`--timeout` passed first. The operation continues on the control plane.',
  usage: 'The command line was invalid; nothing was done.',
  sessionEnded: '`berth exec`: the session ended before its program did.',
  interrupted: 'Ctrl-C. Accepted operations continue on the control plane.',
};

/** Returns the reference page of the command line, made from the command table. */
export function describeCommands(): string {
  const visible = commands.filter(({ hidden }) => !hidden);
  const groups = [...new Set(visible.map(({ group }) => group))];
  return [
    '<!-- Written by npm run docs:cli from src/cli/commands.ts; a test keeps them equal. -->',
    '',
    '# The command line',
    '',
    'In a clone, run `npx berth`. [quickstart.md](quickstart.md) shows the first five minutes.',
    '',
    ...groups.flatMap((group) => [
      `**${group}**`,
      '',
      ...visible
        .filter((command) => command.group === group)
        .map(({ name, summary }) => `- [\`berth ${name}\`](#${anchorOf(name)}): ${summary}`),
      '',
    ]),
    '## Options of every command',
    '',
    ...optionTable(globalOptions),
    '',
    '## Selecting a control plane',
    '',
    'The first of these that is set wins: `--endpoint`, `--context`, `BERTH_ENDPOINT`, `BERTH_CONTEXT`, the current',
    'context, and the default `http://127.0.0.1:8787`. Requests to an endpoint on AWS are signed with the credentials of',
    'the shell. If `BERTH_TOKEN` is set, it is sent as a bearer token instead. Contexts are stored in',
    '`berth/config.json` in `XDG_CONFIG_HOME` or `~/.config`, or in the file that `BERTH_CONFIG` names.',
    '',
    '## Output',
    '',
    'Results go to standard output; progress, advice and errors go to standard error. On a terminal, tables are truncated',
    'to its width, but ids never are. Without a terminal, or with `NO_COLOR`, the output has no colours and no animation.',
    'Escape sequences in data are always printed as text, such as `\\u001b`.',
    '',
    '## Exit codes',
    '',
    '| code | |',
    '|---|---|',
    ...Object.entries(exitCodes).map(([name, code]) => `| ${code} | ${meanings[name as keyof typeof exitCodes]} |`),
    '',
    '## Files of specifications',
    '',
    'A file holds one or more specifications in YAML or JSON; `berth explain` describes their fields. Editors complete and',
    'check them by [spec.schema.json](spec.schema.json): in YAML by the comment',
    '`# yaml-language-server: $schema=PATH`, in JSON by the field `"$schema"`. The command line ignores that field; the API',
    'refuses it.',
    '',
    '`berth get tenant ID -o yaml | berth apply -f -` applies what a tenant has: the document that `get tenant` prints is',
    'accepted, and only its `spec` is read. Values that are `[redacted]` stay as they are on record.',
    '',
    '## Compose and Score files',
    '',
    '`apply`, `plan` and `validate` recognise a Compose file by its `services` and a Score file by its `apiVersion`.',
    'Such a file becomes one tenant. `--tenant` and `--provider` supply what it does not contain.',
    '',
    '| Compose | Score | specification |',
    '|---|---|---|',
    '| `services` | `containers` | `containers` |',
    '| `image` | `image` | `image` |',
    '| `entrypoint`, `command` | `command`, `args` | `command`, `args` |',
    '| `env_file`, `environment` | `variables` | `env` |',
    '| `ports` | `service.ports` | `ports`; the provider chooses the host port |',
    '| `healthcheck`, with the defaults of Compose | `readinessProbe`, or else `livenessProbe` | `health_check` |',
    '| `deploy.resources.limits`, `cpus`, `mem_limit` | `resources.limits` | `resources`; the tenant gets the sum |',
    '| `depends_on`, `restart: "no"` | `before` | `after`, `run: once` ([start order](start-order.md)) |',
    '| `read_only`, `tmpfs` | | `provider_config` on docker, if all services have the same |',
    '| `init` | | `provider_config.init` on docker, if all services have the same; on by default |',
    '| `stop_grace_period` | | `provider_config.stop_grace_seconds` on docker and process: the longest |',
    '| `healthcheck.start_period` | | `provider_config.health_check_start_seconds` on ecs: the longest |',
    '',
    `Variables in a Compose file, such as \`$\{TAG:-latest}\`, have the values of \`.env\` in the folder of the file, or`,
    'of the files that `--env-file` names. The shell is not read, because a tenant must not depend on the shell of the',
    'caller. `COMPOSE_PROJECT_NAME` and `COMPOSE_PROFILES` in these files count too. `env_file` of a service is read at and',
    'below that folder. A service with `profiles` runs if `--profile` names one of them. Numbers in `environment`, such as',
    `\`022\`, stay as they are written. In a Score file, only \`$\{metadata.KEY}\` in \`variables\` is replaced, and \`$$\``,
    'is a dollar sign.',
    '',
    'Everything else in the file is listed with its line and what happens instead. Berth refuses mounts of the host,',
    '`privileged`, added capabilities, devices, namespaces of the host or of another container, images to be built,',
    'variables without a value, and values that would come from a resource. Each refusal names its reason.',
    '',
    '## The commands',
    '',
    ...visible.flatMap(describeCommand),
  ].join('\n');
}

function describeCommand({
  name,
  summary,
  details,
  arguments: args = [],
  options = [],
  examples = [],
}: CommandDefinition): string[] {
  const usage = ['berth', name, ...args.map(({ syntax }) => syntax), ...(options.length > 0 ? ['[options]'] : [])].join(
    ' ',
  );
  return [
    `### berth ${name}`,
    '',
    ...wrap(`${summary}.${details ? ` ${details}` : ''}`),
    '',
    '```',
    usage,
    '```',
    '',
    ...(args.length > 0
      ? ['| argument | |', '|---|---|', ...args.map((arg) => `| ${code(arg.syntax)} | ${arg.summary} |`), '']
      : []),
    ...(options.length > 0 ? [...optionTable(options), ''] : []),
    ...(examples.length > 0 ? ['```sh', ...examples.map(([line, does]) => `${line}  # ${does}`), '```', ''] : []),
  ];
}

/** Breaks a paragraph into lines of at most 120 characters. */
function wrap(text: string): string[] {
  return text.match(/\S.{0,118}\S(?= |$)|\S/g) ?? [];
}

function optionTable(options: readonly OptionDefinition[]): string[] {
  return ['| option | default | |', '|---|---|---|', ...options.map(toRow)];
}

function toRow({ flags, summary, required, default: preset }: OptionDefinition): string {
  const value = preset ? code(preset.shown ?? String(preset.value)) : required ? 'required' : '';
  return `| ${code(flags)} | ${value} | ${summary} |`;
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function anchorOf(name: string): string {
  return `berth-${name.replaceAll(' ', '-')}`;
}
