import type { ArgumentDefinition, CommandDefinition, OptionDefinition } from './command.ts';
import {
  collect,
  concurrency,
  duration,
  file,
  importing,
  noWait,
  selector,
  timeout,
  wait,
  wholeNumber,
  yes,
} from './options.ts';

const tenant: ArgumentDefinition = { syntax: '<tenant>', summary: 'The id of a tenant', completedBy: 'tenants' };
const tenants: ArgumentDefinition = { ...tenant, syntax: '<tenant...>', summary: 'The ids of tenants' };
const provider = { syntax: '<provider>', summary: 'The name of a provider', completedBy: 'providers' } as const;

const begin = 'Get started';
const change = 'Change tenants';
const roll = 'Change many tenants';
const look = 'Inspect tenants';
const other = 'Set up';

const limit = (what: string) => ({
  flags: '--limit <number>',
  summary: `Maximum number of ${what}`,
  parse: wholeNumber('--limit', 1, 1000),
});

const rollout: ArgumentDefinition = { syntax: '<rollout>', summary: 'The id of a rollout' };
const maybeRollout = { syntax: '[rollout]', summary: 'The id of the rollout. Default: that of the file' };
const watch = { flags: '-w, --watch', summary: 'Follow it until it ends, halts or waits' };

/** The options that describe a rollout. */
const rolling = [
  { ...file, summary: 'A file with the rollout, or - for standard input', required: false },
  selector,
  { flags: '--provider <name>', summary: 'Only tenants of this provider', completedBy: 'providers' },
  {
    flags: '--set <container.field=value>',
    summary: 'What to change, such as web.image=app:42 or labels.version=42; may be repeated',
    parse: collect,
  },
  {
    flags: '--waves <sizes>',
    summary: 'Sizes of the waves, cumulative. Default: 1,10%,100%',
    parse: (text: string) => text.split(','),
  },
  { flags: '--bake <duration>', summary: 'How long to watch each wave, such as 10m', parse: duration('--bake') },
  {
    flags: '--budget <number>',
    summary: 'How many tenants may fail, as a number or a share such as 5%. Default: 0',
    parse: (text: string) => (/^[0-9]+$/.test(text) ? Number(text) : text),
  },
  {
    flags: '--max-in-flight <number>',
    summary: 'How many tenants are changed at a time. Default: 10',
    parse: wholeNumber('--max-in-flight', 1, 100),
  },
  { flags: '--on-failure <what>', summary: 'pause or undo, when too many fail. Default: pause' },
] as const satisfies readonly OptionDefinition[];

/** The options of a command that starts operations. */
const waiting = [wait, noWait, timeout];

/** A command that changes how tenants run, and no specification. */
const control = { group: change, arguments: [tenants], options: [...waiting, concurrency] };

/** A command that steers a rollout. */
const steer = { group: roll, arguments: [rollout], options: [watch] };

const definitions = [
  {
    name: 'dev',
    group: begin,
    summary: 'Run a control plane on this machine',
    details:
      'Runs in the foreground until Ctrl-C and listens on 127.0.0.1 only. It needs no account, no cluster and no Docker: ' +
      'the provider "process" runs the command of each container as a supervised process. ' +
      'Tenants keep running when it stops, and it takes them over when it starts again.',
    options: [
      { flags: '--port <number>', summary: 'Port on 127.0.0.1; 0 chooses a free one. Default: BERTH_PORT, or 8787' },
      {
        flags: '--front-door-port <number>',
        summary: 'Port of stable addresses, or off. Default: BERTH_FRONT_DOOR_PORT, or 8788',
      },
      {
        flags: '--data-dir <path>',
        summary: 'Directory for all state. Default: BERTH_DATA_DIR, or .berth',
        completedBy: 'files',
      },
      {
        flags: '--provider <name=type>',
        attribute: 'providerTypes',
        summary: 'Add a provider: a built-in type, a package, or a path that begins with ./; may be repeated',
        parse: collect,
      },
      {
        flags: '--token',
        summary:
          'Serve only callers that send a token: BERTH_TOKEN, or a new one in the file "token" of that directory',
      },
    ],
    examples: [
      ['berth dev', 'listens on http://127.0.0.1:8787'],
      ['berth dev --provider nomad=./nomad.ts', 'adds a provider of your own'],
    ],
  },
  {
    name: 'apply',
    group: change,
    summary: 'Provision or update the tenants that files describe',
    details:
      'Reads specifications in YAML or JSON, with several documents per file, and Compose and Score files. ' +
      'Prints what it cannot import from the latter. All files are checked before any change; ' +
      'then each tenant is provisioned, updated or left unchanged. A tenant that fails does not stop the others.',
    options: [
      file,
      ...importing,
      selector,
      { flags: '--dry-run', summary: 'Print the changes without making them, like berth plan' },
      ...waiting,
      concurrency,
    ],
    examples: [
      ['berth apply -f examples/hello.yaml', 'provisions one tenant from a file'],
      ['berth apply -f tenants/ -l plan=pro', 'applies the files of a folder, filtered by label'],
      ['generate | berth apply -f - --no-wait', 'reads standard input and does not wait'],
      ['berth apply -f compose.yaml --tenant acme --provider docker', 'imports a Compose file as one tenant'],
      ['berth get tenant acme -o yaml | berth apply -f -', 'applies what a tenant has; edit it in between'],
    ],
  },
  {
    name: 'plan',
    group: change,
    summary: 'Print what apply would change, field by field',
    details: 'Changes nothing. Exits with 2 if there are changes and with 0 if there are none.',
    options: [file, ...importing, selector, concurrency],
    examples: [['berth plan -f tenants/', 'shows which changes replace containers']],
  },
  {
    name: 'validate',
    group: change,
    summary: 'Validate files without changing anything',
    details: 'Validates the structure locally, then the rules of each provider at the control plane.',
    options: [file, ...importing, selector, concurrency],
    examples: [['berth validate -f web.yaml', 'reports each mistake with its line and column']],
  },
  {
    name: 'rollback',
    group: change,
    summary: 'Return a tenant to an earlier revision',
    details:
      'Without --to-revision, returns to the newest earlier revision that served. A rollback takes the place of a change ' +
      'that is in progress. berth history lists all revisions and what became of them.',
    arguments: [tenant],
    options: [
      {
        flags: '--to-revision <number>',
        summary: 'The revision to return to',
        completedBy: 'revisions',
        parse: wholeNumber('--to-revision', 1, 999_999_999),
      },
      ...waiting,
    ],
    examples: [['berth rollback acme --to-revision 3', 'returns acme to revision 3']],
  },
  {
    name: 'cancel',
    group: change,
    summary: 'Cancel the change of a tenant that is in progress',
    details:
      'The tenant goes back to the revision that serves. A first provision and a destroy cannot be cancelled; ' +
      'the error says what to do instead.',
    arguments: [tenant],
    options: [
      { flags: '--operation <id>', summary: 'Only if this is the operation in progress. Default: whichever it is' },
      wait,
      noWait,
      timeout,
    ],
    examples: [['berth cancel acme', 'returns acme from an update that does not come up']],
  },
  {
    name: 'approve',
    group: change,
    summary: 'Approve the new version of a tenant that waits for it',
    details:
      'Where the settings of a provider ask for approval, a new version waits for it before it gets requests. ' +
      'berth describe shows until when; then it is rolled back. berth cancel refuses it.',
    arguments: [{ ...tenant, summary: 'Id of a tenant, or of the operation that waits' }],
    options: [wait, noWait, timeout],
    examples: [['berth approve acme', 'lets the new version of acme take over']],
  },
  {
    ...control,
    name: 'stop',
    summary: 'Stop tenants: they keep address, revision and history, and run nothing',
    details: 'Nothing starts a stopped tenant but berth start. A change of it is recorded, and comes up at the start.',
    examples: [['berth stop acme', 'stops acme until berth start acme']],
  },
  {
    ...control,
    name: 'start',
    summary: 'Start stopped tenants with their latest revision',
  },
  {
    ...control,
    name: 'restart',
    summary: 'Replace the containers of tenants, without a change of their specification',
    details: 'The old containers serve until the new ones are ready, unless both need one fixed host_port.',
  },
  {
    name: 'destroy',
    group: change,
    summary: 'Destroy tenants and everything that belongs to them',
    details: 'Asks for confirmation on a terminal; elsewhere --yes is required. Destroying a missing tenant succeeds.',
    arguments: [tenants],
    options: [yes, wait, noWait, timeout, concurrency],
    examples: [['berth destroy acme --yes', 'destroys acme without confirmation']],
  },
  {
    name: 'get tenants',
    group: look,
    summary: 'List tenants',
    options: [
      { flags: '--provider <name>', summary: 'Only tenants on this provider', completedBy: 'providers' },
      { flags: '--phase <phase>', summary: 'Only tenants in this phase', completedBy: 'phases' },
      {
        flags: '--health <health>',
        summary: 'Only tenants that are healthy, unhealthy or unknown',
        completedBy: 'healths',
      },
      selector,
      limit('tenants'),
    ],
    examples: [
      ['berth get tenants -l plan=pro', 'lists tenants with a label'],
      ['berth get tenants --health unhealthy', 'lists tenants that were last observed to be unhealthy'],
      ['berth get tenants -o name | xargs berth destroy --yes', 'passes ids to another command'],
    ],
  },
  {
    name: 'get tenant',
    group: look,
    summary: 'Show one tenant; -o yaml prints all fields',
    arguments: [tenant],
  },
  {
    name: 'get providers',
    group: look,
    summary: 'List providers and their capabilities',
  },
  {
    name: 'get operations',
    group: look,
    summary: 'List the operations of a tenant and their outcomes, newest first',
    arguments: [tenant],
    options: [limit('operations')],
  },
  {
    name: 'activity',
    group: look,
    summary: 'List the operations of all tenants, newest first',
    details: 'With --watch, prints the latest ones and then a line for each that begins or ends, until Ctrl-C.',
    options: [
      {
        flags: '--state <state>',
        summary: 'Only running, succeeded, failed or cancelled operations',
        completedBy: 'states',
      },
      { flags: '--type <type>', summary: 'Only operations of this type, such as update' },
      { flags: '-w, --watch', summary: 'Follow the activity' },
      limit('operations'),
    ],
    examples: [
      ['berth activity --state failed', 'lists what failed'],
      ['berth activity -w', 'follows all changes'],
    ],
  },
  {
    name: 'rollout plan',
    group: roll,
    summary: 'Show what a change would do to many tenants',
    details: 'Changes nothing. Exit status 2 means that there are changes, and 1 that some tenants cannot take them.',
    arguments: [maybeRollout],
    options: rolling,
    examples: [['berth rollout plan -l plan=pro --set web.image=app:42', 'shows what a new image would do']],
  },
  {
    name: 'rollout start',
    group: roll,
    summary: 'Change many tenants, wave by wave',
    details:
      'Halts by itself when too many tenants fail. With -w, follows it until it ends, halts or waits; exit status 1 means ' +
      'that it halted.',
    arguments: [maybeRollout],
    options: [
      ...rolling,
      { flags: '--token <token>', summary: 'Start only what the plan with this token showed' },
      watch,
    ],
    examples: [
      ['berth rollout start app-42 -l plan=pro --set web.image=app:42 -w', 'one tenant, then a tenth, then all'],
      ['berth rollout start -f rollout.yaml --waves 1,10%,100% --bake 10m', 'watches each wave for ten minutes'],
    ],
  },
  {
    name: 'rollout get',
    group: roll,
    summary: 'Show a rollout, or list all',
    arguments: [{ ...rollout, syntax: '[rollout]' }],
    options: [watch, limit('rollouts')],
  },
  {
    name: 'rollout describe',
    group: roll,
    summary: 'Show a rollout and what became of each tenant',
    arguments: [rollout],
    options: [limit('tenants')],
  },
  { ...steer, name: 'rollout pause', summary: 'Begin no further tenant' },
  { ...steer, name: 'rollout resume', summary: 'Go on; the failures so far count no more' },
  { ...steer, name: 'rollout approve', summary: 'Begin the wave that waits' },
  {
    name: 'rollout skip',
    group: roll,
    summary: 'Leave a tenant out: one whose turn has not come, or one that failed',
    arguments: [rollout, tenant],
  },
  {
    ...steer,
    name: 'rollout undo',
    summary: 'Bring back every tenant that a rollout changed',
    details: 'Tenants that another request changed since are left as they are.',
  },
  { ...steer, name: 'rollout abort', summary: 'End a rollout where it is' },
  {
    name: 'orphans list',
    group: look,
    summary: 'List resources that belong to no tenant on record',
    details: 'Tells when each is removed, or why it is not. Resources of other installations are not listed.',
    options: [{ flags: '--provider <name>', summary: 'Only orphans on this provider', completedBy: 'providers' }],
  },
  {
    name: 'orphans adopt',
    group: change,
    summary: 'Make an orphan a tenant, with the specification from a file',
    details: 'The orphan is updated to the specification. Containers that match it already keep running.',
    arguments: [provider, { syntax: '<tenant>', summary: 'The id of the orphan' }],
    options: [file, wait, noWait, timeout],
    examples: [['berth orphans adopt docker acme -f acme.yaml', 'takes acme back after its record was lost']],
  },
  {
    name: 'orphans remove',
    group: change,
    summary: 'Remove an orphan and everything that belongs to it',
    details: 'Shows what runs and asks for confirmation on a terminal; elsewhere --yes is required.',
    arguments: [provider, { syntax: '<tenant>', summary: 'The id of the orphan' }],
    options: [yes, wait, noWait, timeout],
  },
  {
    name: 'status',
    group: look,
    summary: 'Show the observed state of tenants',
    details: 'With --wait, first waits until the last operation of each tenant has ended.',
    arguments: [tenants],
    options: [
      { flags: '--wait', summary: 'Wait until the last operation has ended' },
      timeout,
      { flags: '--fresh', summary: 'Ask the provider instead of accepting a cached status' },
    ],
    examples: [['berth status acme --wait', 'waits for an interrupted apply']],
  },
  {
    name: 'describe',
    group: look,
    summary: 'Show a tenant in detail: its state, the reasons, and what to do next',
    arguments: [tenant],
  },
  {
    name: 'history',
    group: look,
    summary: 'List the revisions of a tenant: who changed what and when, and what became of it',
    arguments: [tenant],
    options: [limit('revisions')],
  },
  {
    name: 'diff',
    group: look,
    summary: 'Compare two revisions of a tenant, field by field',
    details:
      'Without revisions, compares the serving revision with the desired one, or the last two. ' +
      'With one revision, compares it with the desired one. Values of environment variables are not shown.',
    arguments: [
      tenant,
      { syntax: '[from]', summary: 'The first revision', completedBy: 'revisions' },
      { syntax: '[to]', summary: 'The second revision', completedBy: 'revisions' },
    ],
    examples: [['berth diff acme 3 5', 'shows what changed from revision 3 to revision 5']],
  },
  {
    name: 'open',
    group: look,
    summary: 'Print the address of a tenant, and open it in a browser',
    details:
      'Prints the stable address where the tenant has one: it stays the same over updates, rollbacks and restarts. ' +
      'Browsers and curl know that names below localhost are this machine; other programs may need the header Host.',
    arguments: [tenant],
    options: [
      { flags: '--port <name>', attribute: 'portName', summary: 'The port of this name; default: the first HTTP port' },
      { flags: '-b, --browser', summary: 'Open it in a browser' },
    ],
    examples: [['curl $(berth open acme)', 'fetches a page of the tenant']],
  },
  {
    name: 'logs',
    group: look,
    summary: 'Print the logs of a tenant, or of all with a label',
    details:
      'With -l, each line begins with the tenant that it is of, and --tail counts for each tenant. ' +
      '-f follows up to 50 tenants: those that have the label when it starts.',
    arguments: [{ ...tenant, syntax: '[tenant]' }],
    options: [
      selector,
      { flags: '-f, --follow', summary: 'Follow the logs until Ctrl-C' },
      { flags: '-c, --container <name>', summary: 'Only this container', completedBy: 'containers' },
      {
        flags: '--tail <lines>',
        summary: 'Number of recent lines to print first',
        default: { value: 100 },
        parse: wholeNumber('--tail', 1, 1000),
      },
      {
        flags: '--since <duration>',
        attribute: 'maxAge',
        summary: 'Only lines that are not older, such as 90s, 10m or 1h, of the last 1000; replaces --tail',
        parse: duration('--since'),
      },
      { flags: '--timestamps', summary: 'Begin each line with its time, where the provider records it' },
    ],
    examples: [
      ['berth logs acme -f -c web', 'follows one container'],
      ['berth logs acme --since 10m --timestamps', 'prints the last ten minutes with times'],
      ['berth logs -f -l plan=pro', 'follows all tenants with this label'],
    ],
  },
  {
    name: 'exec',
    group: look,
    summary: 'Run a program in a container of a tenant',
    details:
      'Gives the program the terminal if standard input and output are one; every key then goes to the program. ' +
      'Else it gets pipes, and stdout and stderr stay apart. Exits with the code of the program, with 128 plus a ' +
      'signal that ended it, or with 255 if the session ended before it. Who runs what is recorded: pass secrets ' +
      'as input, not as words.',
    arguments: [tenant, { syntax: '[command...]', summary: 'The program and its arguments, after --' }],
    options: [
      {
        flags: '-c, --container <name>',
        summary: 'The container. Default: the first that keeps running',
        completedBy: 'containers',
      },
      { flags: '-T, --no-tty', summary: 'Use pipes, also in a terminal' },
    ],
    examples: [
      ['berth exec acme -- sh', 'opens a shell in the first container'],
      ['berth exec acme -c db -- pg_dump app > app.sql', 'saves what a program writes'],
      ['echo "select 1" | berth exec acme -c db -- psql', 'gives a program its input'],
    ],
  },
  {
    name: 'events',
    group: look,
    summary: 'Print announcements as they happen',
    details: 'Prints a line for each operation that succeeded or failed.',
    options: [
      { flags: '-f, --follow', summary: 'Follow until Ctrl-C (the default)' },
      { flags: '--tenant <id>', summary: 'Only this tenant', completedBy: 'tenants' },
      { flags: '--since <id>', summary: 'Start after the announcement with this id' },
    ],
    examples: [['berth events -f -o json', 'prints one JSON document per line, as EventBridge delivers it']],
  },
  {
    name: 'explain',
    group: begin,
    summary: 'Describe the fields of a specification or of provider_config',
    arguments: [
      {
        ...provider,
        syntax: '[what]',
        summary: 'A field such as containers.ports, a provider, or a setting such as process.path. Default: everything',
      },
    ],
    examples: [
      ['berth explain', 'lists the fields of a specification'],
      ['berth explain containers.health_check', 'describes one field and those below it'],
      ['berth explain process', 'lists the settings of a provider'],
    ],
  },
  {
    name: 'provider init',
    group: other,
    summary: 'Create a package with a provider of your own',
    details:
      'Copies a provider that works and passes the conformance suite: its tenants are files of a folder. ' +
      'docs/providers/writing.md tells how to replace the folder by your backend.',
    arguments: [{ syntax: '<name>', summary: 'The type of the provider, such as nomad' }],
    options: [{ flags: '--directory <path>', summary: 'The new folder. Default: berth-NAME', completedBy: 'files' }],
    examples: [['berth provider init nomad', 'creates the folder berth-nomad']],
  },
  {
    name: 'doctor',
    group: begin,
    summary: 'Check configuration, files, connectivity and permissions',
    details:
      'Also checks the files of a control plane on this machine (BERTH_DATA_DIR, or .berth). ' +
      'Changes nothing without --fix, and says what it did. It never touches a database.',
    options: [
      {
        flags: '--fix',
        summary: 'Correct modes, remove what the host moved aside, move an unreadable contexts file away',
      },
    ],
    examples: [
      ['berth doctor', 'prints what is wrong, and what to do'],
      ['berth doctor --fix', 'corrects what it can'],
    ],
  },
  {
    name: 'context list',
    group: other,
    summary: 'List named control planes',
  },
  {
    name: 'context set',
    group: other,
    summary: 'Name a control plane',
    details:
      'Takes the URL from --endpoint. The first context becomes the current one. ' +
      'Requests to API Gateway are signed with the AWS credentials of the shell, unless the context has others.',
    arguments: [{ syntax: '<name>', summary: 'The name' }],
    options: [
      { flags: '--profile <name>', summary: 'Profile of the AWS configuration that signs requests' },
      { flags: '--region <region>', summary: 'Region to sign for, for a domain of your own in front of API Gateway' },
      {
        flags: '--token-file <path>',
        summary: 'File with a bearer token, read at each command; BERTH_TOKEN wins over it',
        completedBy: 'files',
      },
    ],
    examples: [
      ['berth context set prod --endpoint https://berth.example.com --token-file ~/.berth-token', 'sends a token'],
      ['berth context set prod --endpoint https://berth.example.com --profile prod --region eu-central-1', 'signs'],
    ],
  },
  {
    name: 'context use',
    group: other,
    summary: 'Select the current control plane',
    arguments: [{ syntax: '<name>', summary: 'The name', completedBy: 'contexts' }],
  },
  {
    name: 'context delete',
    group: other,
    summary: 'Delete a context',
    arguments: [{ syntax: '<name>', summary: 'The name', completedBy: 'contexts' }],
  },
  {
    name: 'completion',
    group: other,
    summary: 'Print a completion script for a shell',
    arguments: [{ syntax: '<shell>', summary: 'bash, zsh or fish', completedBy: 'shells' }],
    examples: [
      ['source <(berth completion bash)', 'in ~/.bashrc'],
      ['source <(berth completion zsh)', 'in ~/.zshrc, after compinit'],
      ['berth completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
  },
  {
    name: 'complete',
    group: other,
    hidden: true,
    summary: 'Print completion candidates for a word',
    arguments: [{ syntax: '[words...]', summary: 'The words so far and the one to complete' }],
  },
] as const satisfies readonly CommandDefinition[];

export type CommandName = (typeof definitions)[number]['name'];

/** All commands, in the order of the help. */
export const commands: readonly (CommandDefinition & { name: CommandName })[] = definitions;

/** The groups of commands, which have a description of their own. */
export const groups: Readonly<Record<string, string>> = {
  get: 'List tenants, providers or operations',
  orphans: 'Manage resources that belong to no tenant',
  context: 'Manage named control planes',
  provider: 'Write a provider of your own',
};
