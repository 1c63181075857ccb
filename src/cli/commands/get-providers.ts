import type { Provider } from '../../client/types.ts';
import { inParallel } from '../../compute/in-parallel.ts';
import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printResult } from '../output/print-result.ts';
import type { Session } from '../session.ts';
import type { Column } from '../terminal/table.ts';

const yesOrNo = (value: boolean) => (value ? 'yes' : 'no');

const columns: Column<Provider>[] = [
  { title: 'PROVIDER', value: ({ name }) => name },
  { title: 'HEALTH CHECKS', value: ({ capabilities }) => capabilities.health_checks.join(','), elastic: true },
  { title: 'IMAGES', value: ({ capabilities }) => yesOrNo(capabilities.images) },
  { title: 'LIMITS', value: ({ capabilities }) => yesOrNo(capabilities.resource_limits) },
  { title: 'LOGS', value: ({ capabilities }) => yesOrNo(capabilities.logs) },
  { title: 'HOST PORTS', value: ({ capabilities }) => yesOrNo(capabilities.host_ports), wide: true },
  { title: 'OWN NETWORK', value: ({ capabilities }) => yesOrNo(capabilities.network_isolation), wide: true },
  { title: 'SECRETS FROM', value: ({ capabilities }) => capabilities.secret_sources.join(','), elastic: true },
];

export async function run(session: Session, _: Invocation): Promise<number> {
  const { signal } = session;
  const client = await session.connect();
  const { data } = await client.listProviders({ signal });
  const providers = await inParallel(
    data.providers,
    8,
    async (name) => (await client.getProvider(name, { signal })).data,
  );
  await printResult(session, {
    data: { providers },
    rows: providers,
    columns,
    nameOf: ({ name }) => name,
    nothing: 'No provider is registered. The operator configures providers in BERTH_PROVIDERS.',
  });
  return exitCodes.done;
}
