import type { ProviderOperation } from '../../src/compute/permissions.ts';
import type { IndexName } from '../../src/tenants/store/table.ts';
import type { ProblemCode } from '../runtime/http/problem.ts';

/** Fields of every operation. None has a default: a row that leaves one out does not compile. */
export interface Row {
  /** Describes the operation in one sentence, for the docs and the OpenAPI document. */
  summary: string;
  /** Table actions that the role of the function allows. */
  table: TableAccess;
  /** Provider calls that the function makes; its role gets the permissions that these calls need. */
  provider: readonly ProviderOperation[];
  /** True if the function needs to know the providers, besides those calls. Any other gets neither settings nor code. */
  registry: boolean;
  /** True if the function may put announcements on the bus. */
  announces: boolean;
  /** MB. Lambda allots CPU in proportion. */
  memory: number;
  /** Seconds. */
  timeout: number;
  /**
   * Why the function has its own part of the account's concurrency, which also limits it. `changing`: where the backend
   * throttles, callers cannot overrun it. `waiting`: callers that wait take none from the other functions.
   */
  reservesConcurrency: false | 'changing' | 'waiting';
  /** Size class of the bundled function; `bench/budget.ts` has the limits. */
  budget: 'reads' | 'changes' | 'events' | 'rollouts';
}

/** An operation that callers reach over HTTP. */
export interface RoutedRow extends Row {
  route: Route;
  /** What a token has to permit, where callers are authorized by tokens. */
  scope: Scope;
  /** Name of the query schema in `functions/runtime/http/parameters.ts`. Without it, every query parameter is refused. */
  query?: string;
  /** Request headers with a meaning. */
  headers?: readonly RequestHeader[];
  /** Name of the body schema in `functions/openapi/components.ts`. Without it, the body is ignored. */
  body?: string;
  /** Successful answers by HTTP status. */
  answers: Readonly<Record<number, Answer>>;
  /** Problem codes of this operation. The document adds those of every request, of path parameters and of bodies. */
  problems: readonly ProblemCode[];
}

/** An operation that no route leads to. */
export interface TriggeredRow extends Row {
  triggers: readonly Trigger[];
}

/**
 * The classes of permissions. `read` shows what all may see, without env values, `change` provisions, updates and plans it,
 * `destroy` removes tenants for good, and `admin` is for operators of the installation; it includes the others.
 */
export type Scope = 'read' | 'change' | 'destroy' | 'admin';

export interface Route {
  method: 'DELETE' | 'GET' | 'POST' | 'PUT';
  /** A path in API Gateway's notation: `{name}` stands for one segment. */
  path: string;
}

export interface Answer {
  meaning: string;
  /** Name of the schema in `functions/openapi/components.ts`. Without it, the answer has no body. */
  body?: string;
  headers?: readonly AnswerHeader[];
}

export interface TableAccess {
  /** Actions on single items. */
  items?: readonly ('read' | 'write' | 'delete')[];
  /** Queries on the table itself or on its indexes. Nothing scans. */
  lists?: readonly ('table' | IndexName)[];
}

/**
 * `infra/berth.ts` connects each of them; a trigger that it does not connect does not compile. Of the change stream,
 * `change-stream` is every change, and `work-recorded` those that leave work behind.
 */
export type Trigger =
  | 'unmatched-request'
  | 'schedule'
  | 'request-queue'
  | 'change-stream'
  | 'work-recorded'
  | 'backend-events';

/** Request headers with a meaning, beside those of a body and of a signature. */
export const REQUEST_HEADERS = ['Cache-Control', 'Idempotency-Key', 'If-Match'] as const;
export type RequestHeader = (typeof REQUEST_HEADERS)[number];

/** Headers of answers with a meaning. */
export const ANSWER_HEADERS = ['Age', 'ETag', 'Location', 'Retry-After', 'X-Request-Id'] as const;
export type AnswerHeader = (typeof ANSWER_HEADERS)[number];
