import { spawn } from 'node:child_process';
import type { ExecSession } from '../../client/types.ts';
import { CommandError } from '../command-error.ts';
import { environmentWith } from '../environment.ts';
import type { Session } from '../session.ts';

const PLUGIN = 'session-manager-plugin';
const INSTALLATION =
  'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html';

/** The variable with the session and its token, which as an argument every user of the machine could read. */
const RESPONSE = 'AWS_SSM_START_SESSION_RESPONSE';

/**
 * Hands a session to the plugin of AWS, which speaks the protocol of Session Manager, with the arguments that the AWS CLI
 * gives it. It has the terminal until it ends. Returns its exit code, which tells nothing of the program's own: Session
 * Manager does not transmit that.
 *
 * https://github.com/aws/aws-cli/blob/v2/awscli/customizations/ecs/executecommand.py
 * https://github.com/aws/aws-cli/blob/v2/awscli/customizations/sessionmanager.py (the variable; plugin 1.2.497 and later)
 */
export function runPlugin({ signal }: Session, session: ExecSession): Promise<number> {
  const { aws_session_id, stream_url, token, region = '', target } = session;
  const response = { SessionId: aws_session_id, StreamUrl: stream_url, TokenValue: token };
  const endpoint = `https://ssm.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  const words = [RESPONSE, region, 'StartSession', '', JSON.stringify({ Target: target }), endpoint];
  const env = environmentWith({ [RESPONSE]: JSON.stringify(response) });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const plugin = spawn(PLUGIN, words, { stdio: 'inherit', env });
  // Ctrl-C is for the program: the terminal sends it to the plugin, too, which passes it on. The session ends by itself.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  plugin.once('error', () => {
    const message = `the session was started, but ${PLUGIN} is missing on this machine, which connects to it`;
    reject(new CommandError(message, `Install it, and run the command again: ${INSTALLATION}`));
  });
  plugin.once('exit', (code) => resolve(code ?? 1));
  signal.throwIfAborted();
  return promise.finally(() => process.off('SIGINT', ignore));
}
