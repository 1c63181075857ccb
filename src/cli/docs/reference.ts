import type { CommandDefinition, OptionDefinition } from '../command.ts';
import { commands } from '../commands.ts';
import { exitCodes } from '../exit-codes.ts';
import { globalOptions } from '../options.ts';

const meanings: Record<keyof typeof exitCodes, string> = {
  done: 'What was asked for is done.',
  failed: 'It failed, or some of it did; what is on the screen says why.',
  changesPending: '`berth plan`, and `berth apply --dry-run`: there is something to change.',
  timedOut: '`--timeout` was over first. Berth goes on with it.',
  usage: 'The command was not understood; nothing was done.',
  interrupted: 'Ctrl-C. What was asked for before goes on.',
};

/** The page about the command line, made from what the parser reads. */
export function describeCommands(): string {
  const visible = commands.filter(({ hidden }) => !hidden);
  const groups = [...new Set(visible.map(({ group }) => group))];
  return [
    '<!-- Written by npm run docs:cli from src/cli/commands.ts; a test keeps them equal. -->',
    '',
    '# The command line',
    '',
    'In a clone, `npx berth` is `berth`. The first five minutes are in [quickstart.md](quickstart.md).',
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
    '## Which control plane',
    '',
    'What is said in the command comes before what is said in the environment, and that before what is kept in the file:',
    '`--endpoint`, `--context`, `BERTH_ENDPOINT`, `BERTH_CONTEXT`, the current context, and at last `http://127.0.0.1:8787`.',
    'Requests to an endpoint on AWS are signed with the credentials of the shell; `BERTH_TOKEN` is sent as a bearer token',
    'instead. Contexts are kept in `berth/config.json` in `XDG_CONFIG_HOME` or `~/.config`, or in the file that',
    '`BERTH_CONFIG` names.',
    '',
    '## Output',
    '',
    'Results go to standard output; progress, advice and errors go to standard error. On a terminal, tables are cut to its',
    'width; ids never are. With `NO_COLOR`, or where nobody looks, there are no colours and no lines that move. Whatever',
    'data says, no escape sequence of it reaches the terminal: it is spelled out, as `\\u001b`.',
    '',
    '## Exit codes',
    '',
    '| code | |',
    '|---|---|',
    ...Object.entries(exitCodes).map(([name, code]) => `| ${code} | ${meanings[name as keyof typeof exitCodes]} |`),
    '',
    '## Files of other formats',
    '',
    '`apply`, `plan` and `validate` know a Compose file by its `services`, and a Score file by its `apiVersion`. Such a file',
    'becomes one tenant; `--tenant` and `--provider` say what it cannot.',
    '',
    '| of Compose | of Score | becomes |',
    '|---|---|---|',
    '| `services` | `containers` | `containers` |',
    '| `image` | `image` | `image` |',
    '| `entrypoint`, `command` | `command`, `args` | `command`, `args` |',
    '| `environment` | `variables` | `env` |',
    '| `ports` | `service.ports` | `ports`, on a port of the host that the provider chooses |',
    '| `healthcheck` | `readinessProbe`, or else `livenessProbe` | `health_check` |',
    '| `deploy.resources.limits`, `cpus`, `mem_limit` | `resources.limits` | `resources`; the tenant gets the sum |',
    '',
    'What else is in the file is printed, with its line and what is done instead. Refused, with the reason, are mounts of the',
    'host, `privileged`, added capabilities, devices, namespaces of the host or of another container, images that would have',
    'to be built, and values that would be read from a shell or from a resource that Berth does not have.',
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
    `${summary}.${details ? ` ${details}` : ''}`,
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
