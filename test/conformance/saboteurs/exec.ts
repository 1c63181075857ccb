import type { ExecProgram } from '../../../src/compute/exec/exec.ts';
import type { Provider } from '../../../src/compute/provider.ts';
import type { Saboteur } from './saboteur.ts';

export const execSaboteurs: readonly Saboteur[] = [
  {
    breaks: 'exec is available exactly if the capabilities say so, and only in containers that run',
    sabotage: (honest) => ({ capabilities: { ...honest.capabilities, exec: false } }),
  },
  {
    breaks: 'exec is available exactly if the capabilities say so, and only in containers that run',
    sabotage: (honest) => withSession(honest, (session) => ({ ...session, container: 'worker' })),
  },
  {
    breaks: 'a program gets what its caller sends, and its output and its exit code reach the caller',
    sabotage: (honest) => withSession(honest, (session) => ({ ...session, ended: Promise.resolve({ exit_code: 0 }) })),
  },
  {
    breaks: 'a program gets what its caller sends, and its output and its exit code reach the caller',
    sabotage: (honest) =>
      withSession(honest, (session) => ({
        ...session,
        write: (bytes) => session.write(bytes.subarray(0, bytes.length - 1)),
      })),
  },
  {
    breaks: 'several sessions of one container are apart, and a program that is not read waits',
    sabotage(honest) {
      let first: ExecProgram | undefined;
      return withSession(honest, (session) => (first ??= session));
    },
  },
  {
    breaks: 'a session that is hung up ends its program, and one ends with its tenant',
    sabotage: (honest) => withSession(honest, (session) => ({ ...session, hangUp: () => undefined })),
  },
];

function withSession(honest: Provider, change: (session: ExecProgram) => ExecProgram): Partial<Provider> {
  return {
    async exec(tenantId, request) {
      const session = await honest.exec?.(tenantId, request);
      if (session?.kind !== 'program') throw new Error('the honest provider carries its sessions');
      return change(session);
    },
  };
}
