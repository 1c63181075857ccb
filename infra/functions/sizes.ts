import { Duration } from 'aws-cdk-lib';

export interface Size {
  /** MB; CPU comes in proportion to it. */
  memory: number;
  timeout: Duration;
}

/** Functions that only read answer in milliseconds; those that call a provider may wait for it, but the HTTP API hangs up after 30 s. */
const reading: Size = { memory: 512, timeout: Duration.seconds(29) };
const changing: Size = { memory: 1024, timeout: Duration.seconds(29) };
/** Begun every minute, and done before the next. It waits for most of it, and what it waits in is what an idle installation costs. */
const sweeping: Size = { memory: 512, timeout: Duration.seconds(59) };
/** A batch of requests or of news from a backend: each may wait for a provider as long as an HTTP request may. */
const consuming: Size = { memory: 1024, timeout: Duration.seconds(59) };
/** Only reads records and puts events. */
const announcing: Size = { memory: 512, timeout: Duration.seconds(59) };

const sizes: Readonly<Record<string, Size>> = {
  'provision-tenant': changing,
  'update-tenant': changing,
  'rollback-tenant': changing,
  'destroy-tenant': changing,
  'plan-tenant': changing,
  'on-sweep': sweeping,
  'on-tenant-requested': consuming,
  'on-provider-event': consuming,
  'on-tenant-changed': announcing,
};

/** What the function of an operation gets. */
export function sizeOf(operation: string): Size {
  return sizes[operation] ?? reading;
}
