import type { Http } from '../http.ts';
import type { Reply } from '../transport.ts';
import type * as t from '../types.ts';

/** The part of the HTTP API about rollouts. Repeating any of these requests changes nothing more. */
export interface RolloutCalls {
  /** Returns what a change would do to many tenants, and a token for the start. Changes nothing. */
  planRollout(request: t.RolloutPlanRequest, options?: t.CallOptions): Promise<t.Answer<t.RolloutPlan>>;
  /** Starts a change of many tenants. Status 201, and 200 where the identical rollout is there already. */
  startRollout(request: t.RolloutRequest, options?: t.CallOptions): Promise<t.Answer<t.Rollout>>;
  /** Returns one page of rollouts, newest first. */
  listRollouts(options?: t.LimitOptions & { phase?: t.RolloutPhase | undefined }): Promise<t.Answer<t.RolloutList>>;
  /** Returns a rollout. With `wait`, after so many seconds (at most 20), or when it rests or has ended. */
  getRollout(rolloutId: string, options?: t.CallOptions & { wait?: number | undefined }): Promise<t.Answer<t.Rollout>>;
  /** Returns one page of the tenants of a rollout, in the order in which they are begun. */
  listRolloutTenants(
    rolloutId: string,
    options?: t.LimitOptions & { wave?: string | undefined; outcome?: t.RolloutOutcome | undefined },
  ): Promise<t.Answer<t.RolloutTenantList>>;
  /**
   * Carries out a command. `pause`: nothing new begins. `resume`: it goes on, and the failures so far count no more.
   * `approve`: the wave that waits begins. `undo`: every tenant that it changed goes back, unless another request has
   * changed it since. `abort`: it ends where it is.
   */
  steerRollout(rolloutId: string, command: t.RolloutCommand, options?: t.CallOptions): Promise<t.Answer<t.Rollout>>;
  /** Leaves a tenant out: one whose turn has not come, or one that failed. */
  skipRolloutTenant(rolloutId: string, tenantId: string, options?: t.CallOptions): Promise<t.Answer<t.Rollout>>;
}

/** What the client gives to its parts. */
export interface Parts {
  http: Http;
  answer: <T>(
    mark: keyof NonNullable<T>,
    sent: Promise<{ data?: T; response: Pick<Reply, 'status' | 'headers'> }>,
  ) => Promise<t.Answer<T>>;
  call: <Params>(options: t.CallOptions | undefined, params: Params) => { params: Params; signal?: AbortSignal };
  query: <T extends object>(values: T) => { query: { [Key in keyof T]?: Exclude<T[Key], undefined> } };
  segment: (what: string, value: string) => string;
}

/** Returns the calls about rollouts. */
export function rolloutCalls({ http, answer, call, query, segment }: Parts): RolloutCalls {
  const pathOf = (rolloutId: string) => ({ path: { rollout_id: segment('the rollout id', rolloutId) } });
  return {
    planRollout: (body, options) => answer('token', http.POST('/v1/rollouts/plan', { body, ...call(options, {}) })),
    startRollout: (body, options) => answer('rollout_id', http.POST('/v1/rollouts', { body, ...call(options, {}) })),
    listRollouts: ({ phase, limit, cursor, ...options } = {}) =>
      answer('rollouts', http.GET('/v1/rollouts', call(options, query({ phase, limit, cursor })))),
    getRollout: (id, { wait, ...options } = {}) => {
      const init = call(options, { ...pathOf(id), ...query({ wait }) });
      return answer('rollout_id', http.GET('/v1/rollouts/{rollout_id}', init));
    },
    listRolloutTenants: (id, { wave, outcome, limit, cursor, ...options } = {}) => {
      const init = call(options, { ...pathOf(id), ...query({ wave, outcome, limit, cursor }) });
      return answer('tenants', http.GET('/v1/rollouts/{rollout_id}/tenants', init));
    },
    steerRollout: (id, command, options) => {
      const path = { ...pathOf(id).path, command };
      return answer('rollout_id', http.POST('/v1/rollouts/{rollout_id}/{command}', call(options, { path })));
    },
    skipRolloutTenant: (id, tenantId, options) => {
      const path = { ...pathOf(id).path, tenant_id: segment('the tenant id', tenantId) };
      return answer(
        'rollout_id',
        http.POST('/v1/rollouts/{rollout_id}/tenants/{tenant_id}/skip', call(options, { path })),
      );
    },
  };
}
