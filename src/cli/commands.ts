import type { ArgumentDefinition, CommandDefinition } from './command.ts';
import { concurrency, file, importing, noWait, selector, timeout, wait, wholeNumber, yes } from './options.ts';

const tenant: ArgumentDefinition = { syntax: '<tenant>', summary: 'The id of a tenant', completedBy: 'tenants' };
const tenants: ArgumentDefinition = { ...tenant, syntax: '<tenant...>', summary: 'The ids of tenants' };
const provider: ArgumentDefinition = {
  syntax: '<provider>',
  summary: 'The name of a provider',
  completedBy: 'providers',
};

const begin = 'Begin here';
const change = 'Change tenants';
const look = 'Look at them';
const other = 'Set up';

const limit = (what: string) => ({
  flags: '--limit <number>',
  summary: `How many ${what} at most`,
  parse: wholeNumber('--limit', 1, 1000),
});

/** Every command, in the order of the help. */
export const commands: readonly CommandDefinition[] = [
  {
    name: 'dev',
    group: begin,
    summary: 'Run a control plane on this machine',
    details:
      'Runs in the foreground until Ctrl-C, on 127.0.0.1 only. It needs no account, no cluster and no Docker: the provider "process" runs the command of each container as a supervised process. Tenants keep running when it stops, and it finds them again when it starts.',
    options: [
      { flags: '--port <number>', summary: 'The port on 127.0.0.1; 0 finds a free one. Default: BERTH_PORT, or 8787' },
      {
        flags: '--data-dir <path>',
        summary: 'Where everything is kept. Default: BERTH_DATA_DIR, or .berth',
        completedBy: 'files',
      },
    ],
    examples: [['berth dev', 'listens on http://127.0.0.1:8787']],
    load: () => import('./commands/dev.ts'),
  },
  {
    name: 'apply',
    group: change,
    summary: 'Bring tenants to what files say, new or not',
    details:
      'Reads specifications in YAML or JSON, several documents to a file, and Compose and Score files, of which it prints what it cannot carry over. Everything is checked before anything is sent; then each tenant is provisioned, updated, or left as it is, and what changes is printed. One that fails does not stop the others.',
    options: [
      file,
      ...importing,
      selector,
      { flags: '--dry-run', summary: 'Only print what would change, as berth plan does' },
      wait,
      noWait,
      timeout,
      concurrency,
    ],
    examples: [
      ['berth apply -f examples/hello.yaml', 'one tenant, from a file'],
      ['berth apply -f tenants/ -l plan=pro', 'every file in a folder, of these only tenants with a label'],
      ['generate | berth apply -f - --no-wait', 'from standard input, without waiting'],
      [
        'berth apply -f compose.yaml --tenant acme --provider docker',
        'the services of a Compose file as the containers of a tenant',
      ],
    ],
    load: () => import('./commands/apply.ts'),
  },
  {
    name: 'plan',
    group: change,
    summary: 'Print what apply would change, field by field',
    details: 'Changes nothing. Ends with 2 where there is something to change, and with 0 where there is not.',
    options: [file, ...importing, selector, concurrency],
    examples: [['berth plan -f tenants/', 'what apply would do, in place or by replacing containers']],
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'validate',
    group: change,
    summary: 'Check files, and change nothing',
    details: 'Checks first what can be checked here, and then, by the rules of each provider, at the control plane.',
    options: [file, ...importing, selector, concurrency],
    examples: [['berth validate -f web.yaml', 'says where each mistake is, by line and column']],
    load: () => import('./commands/validate.ts'),
  },
  {
    name: 'rollback',
    group: change,
    summary: 'Make an old revision of a tenant the new one',
    details:
      'Without --to-revision, the one that still serves where a newer one failed, or else the one before the present one. berth history shows them all.',
    arguments: [tenant],
    options: [
      {
        flags: '--to-revision <number>',
        summary: 'The revision to go back to',
        parse: wholeNumber('--to-revision', 1, 999_999_999),
      },
      wait,
      noWait,
      timeout,
    ],
    examples: [['berth rollback acme --to-revision 3', 'acme becomes what it was in revision 3']],
    load: () => import('./commands/rollback.ts'),
  },
  {
    name: 'destroy',
    group: change,
    summary: 'Remove everything of tenants',
    details: 'Asks first where somebody can answer; elsewhere --yes is needed. What is gone already is fine.',
    arguments: [tenants],
    options: [yes, wait, noWait, timeout, concurrency],
    examples: [['berth destroy acme --yes', 'removes acme without asking']],
    load: () => import('./commands/destroy.ts'),
  },
  {
    name: 'get tenants',
    group: look,
    summary: 'List tenants',
    options: [
      { flags: '--provider <name>', summary: 'Only tenants on this provider', completedBy: 'providers' },
      { flags: '--phase <phase>', summary: 'Only tenants in this phase', completedBy: 'phases' },
      selector,
      limit('tenants'),
    ],
    examples: [
      ['berth get tenants -l plan=pro', 'those with a label'],
      ['berth get tenants -o name | xargs berth destroy --yes', 'their ids, for another command'],
    ],
    load: () => import('./commands/get-tenants.ts'),
  },
  {
    name: 'get tenant',
    group: look,
    summary: 'Show one tenant; with -o yaml, all there is of it',
    arguments: [tenant],
    load: () => import('./commands/get-tenant.ts'),
  },
  {
    name: 'get providers',
    group: look,
    summary: 'List providers and what they can do',
    load: () => import('./commands/get-providers.ts'),
  },
  {
    name: 'get operations',
    group: look,
    summary: 'List what was done to a tenant and how it ended, newest first',
    arguments: [tenant],
    options: [limit('operations')],
    load: () => import('./commands/get-operations.ts'),
  },
  {
    name: 'status',
    group: look,
    summary: 'Show what runs of tenants, and wait for it',
    details: 'With --wait, first waits until the last operation of each tenant has ended, however it was begun.',
    arguments: [tenants],
    options: [
      { flags: '--wait', summary: 'Wait until the last operation has ended' },
      timeout,
      { flags: '--fresh', summary: 'Ask the provider now, rather than take an answer that is some seconds old' },
    ],
    examples: [['berth status acme --wait', 'goes on waiting for an apply that was interrupted']],
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'describe',
    group: look,
    summary: 'Show all about a tenant: why it is not ready, and what to do',
    arguments: [tenant],
    load: () => import('./commands/describe.ts'),
  },
  {
    name: 'history',
    group: look,
    summary: 'List the revisions of a tenant: who changed what, and when',
    arguments: [tenant],
    options: [limit('revisions')],
    load: () => import('./commands/history.ts'),
  },
  {
    name: 'logs',
    group: look,
    summary: 'Print what the containers of a tenant write',
    arguments: [tenant],
    options: [
      { flags: '-f, --follow', summary: 'Go on printing until Ctrl-C' },
      { flags: '-c, --container <name>', summary: 'Only of this container' },
      {
        flags: '--tail <lines>',
        summary: 'How many of the last lines to begin with',
        default: { value: 100 },
        parse: wholeNumber('--tail', 1, 1000),
      },
    ],
    examples: [['berth logs acme -f -c web', 'follows one container']],
    load: () => import('./commands/logs.ts'),
  },
  {
    name: 'events',
    group: look,
    summary: 'Print what Berth announces',
    details: 'One line for each tenant that was provisioned, updated or destroyed, or was not.',
    options: [
      { flags: '-f, --follow', summary: 'Go on until Ctrl-C (the default: there is nothing else to do)' },
      { flags: '--tenant <id>', summary: 'Only of this tenant', completedBy: 'tenants' },
      { flags: '--since <id>', summary: 'Begin after the announcement of this id' },
    ],
    examples: [['berth events -f -o json', 'one JSON document to a line, as EventBridge delivers it']],
    load: () => import('./commands/events.ts'),
  },
  {
    name: 'explain',
    group: begin,
    summary: 'Explain what goes into a specification, or into provider_config',
    arguments: [
      { ...provider, syntax: '[provider]', summary: 'A provider; without it, the specification is explained' },
    ],
    examples: [
      ['berth explain', 'the fields of a specification'],
      ['berth explain process', 'the settings of a provider'],
    ],
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'doctor',
    group: begin,
    summary: 'Check what is configured, reachable and allowed',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'context list',
    group: other,
    summary: 'List the control planes that have a name',
    load: () => import('./commands/context-list.ts'),
  },
  {
    name: 'context set',
    group: other,
    summary: 'Give a control plane a name',
    details: 'The first one is also the current one. It takes the address from --endpoint.',
    arguments: [{ syntax: '<name>', summary: 'The name' }],
    examples: [['berth context set prod --endpoint https://berth.example.com', 'names it prod']],
    load: () => import('./commands/context-set.ts'),
  },
  {
    name: 'context use',
    group: other,
    summary: 'Say which control plane is meant when nothing is said',
    arguments: [{ syntax: '<name>', summary: 'The name', completedBy: 'contexts' }],
    load: () => import('./commands/context-use.ts'),
  },
  {
    name: 'context delete',
    group: other,
    summary: 'Forget a name',
    arguments: [{ syntax: '<name>', summary: 'The name', completedBy: 'contexts' }],
    load: () => import('./commands/context-delete.ts'),
  },
  {
    name: 'completion',
    group: other,
    summary: 'Print what makes a shell complete commands',
    arguments: [{ syntax: '<shell>', summary: 'bash, zsh or fish', completedBy: 'shells' }],
    examples: [
      ['source <(berth completion bash)', 'in ~/.bashrc'],
      ['source <(berth completion zsh)', 'in ~/.zshrc, after compinit'],
      ['berth completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
    load: () => import('./commands/completion.ts'),
  },
  {
    name: 'complete',
    group: other,
    hidden: true,
    summary: 'Print what a word may become, for completion',
    arguments: [{ syntax: '[words...]', summary: 'The words so far, and the one to complete' }],
    load: () => import('./commands/complete.ts'),
  },
];
