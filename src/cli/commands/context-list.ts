import type { Invocation } from '../command.ts';
import { type Contexts, readContexts } from '../contexts.ts';
import { exitCodes } from '../exit-codes.ts';
import { printResult } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import { green } from '../terminal/style.ts';
import type { Column } from '../terminal/table.ts';

interface Row {
  name: string;
  endpoint: string;
  current: boolean;
  authorization: string;
}

const columns: Column<Row>[] = [
  { title: 'CONTEXT', value: ({ name }) => name },
  { title: 'CURRENT', value: ({ current }) => (current ? 'yes' : ''), style: (text) => green(text) },
  { title: 'ENDPOINT', value: ({ endpoint }) => endpoint, elastic: true },
  { title: 'AUTHORIZATION', value: ({ authorization }) => authorization, elastic: true },
];

export async function run(session: Session, _: Invocation): Promise<number> {
  const known = await readContexts(session.host.environment.configFile);
  await printResult(session, {
    data: known,
    rows: toRows(known),
    columns,
    nameOf: ({ name }) => name,
    nothing: 'There are no contexts yet. Create one with: berth context set NAME --endpoint URL',
  });
  return exitCodes.done;
}

function toRows({ contexts, current }: Contexts): Row[] {
  return Object.entries(contexts).map(([name, { endpoint, token_file, profile, region }]) => ({
    name,
    endpoint,
    current: name === current,
    authorization: [
      token_file && `token in ${token_file}`,
      profile && `profile ${profile}`,
      region && `region ${region}`,
    ]
      .filter(Boolean)
      .join(', '),
  }));
}
