import { messageOf, UnsupportedError } from '../src/compute/errors.ts';
import { operation } from './runtime/http/operation.ts';
import { TenantPath } from './runtime/http/parameters.ts';
import { execRequest } from './runtime/http/read-body.ts';
import type { ExecSessionView } from './runtime/http/views.ts';
import { sessions } from './runtime/setup/sessions.ts';

/** Permits and starts a session. Its stream goes to the host of one machine or to the backend, never through a function. */
export const handler = await operation({
  name: 'exec-tenant',
  uses: sessions,
  path: TenantPath,
  body: execRequest,
  async run({ path, body, sessions, caller, openStream, logger }) {
    const { session_id, session, ended } = await sessions.start(path.tenant_id, body, caller);
    const about = { session_id, tenant_id: path.tenant_id, container: session.container };
    if (session.kind === 'session_manager') {
      const { stream_url, token, target, region, session_id: aws_session_id } = session;
      const answer: ExecSessionView = {
        ...about,
        kind: session.kind,
        stream_url,
        token,
        target,
        region,
        aws_session_id,
      };
      return { status: 201, body: answer };
    }
    session.ended.then(ended).catch((error: unknown) => {
      const fields = { component: 'sessions', tenant_id: path.tenant_id, session_id, error: messageOf(error) };
      logger.error('end of a session not recorded', fields);
    });
    try {
      if (!openStream) throw new UnsupportedError('this control plane has no host that carries the stream');
      const answer: ExecSessionView = { ...about, kind: 'websocket', ...openStream(session_id, session) };
      return { status: 201, body: answer };
    } catch (error) {
      session.hangUp();
      throw error;
    }
  },
});
