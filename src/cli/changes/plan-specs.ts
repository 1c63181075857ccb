import type { Client } from '../../client/client.ts';
import type { ProblemError } from '../../client/errors.ts';
import type { Plan } from '../../client/types.ts';
import { inParallel } from '../../compute/in-parallel.ts';
import { type Finding, FindingsError, toFinding } from '../files/finding.ts';
import type { LoadedSpec } from '../files/load-specs.ts';

export interface PlannedSpec extends LoadedSpec {
  plan: Plan;
}

/**
 * Requests the plan of every specification. Throws `FindingsError` with everything that the control plane refuses,
 * located in the user's files, before anything is changed.
 */
export function planSpecs(
  client: Client,
  specs: readonly LoadedSpec[],
  { concurrency, signal }: { concurrency: number; signal: AbortSignal },
): Promise<PlannedSpec[]> {
  return checkEach(specs, concurrency, async (loaded) => {
    const { data } = await client.planTenant(loaded.spec, { signal });
    return { ...loaded, plan: data };
  });
}

/** Runs a check for each specification. Throws one `FindingsError` with all refusals. */
export async function checkEach<Result>(
  specs: readonly LoadedSpec[],
  concurrency: number,
  check: (loaded: LoadedSpec) => Promise<Result>,
): Promise<Result[]> {
  const outcomes = await inParallel(specs, concurrency, async (loaded) => {
    try {
      return { result: await check(loaded) };
    } catch (error) {
      if (!isRefusal(error)) return { error };
      return { findings: toFindings(error, loaded) };
    }
  });
  const findings = outcomes.flatMap((outcome) => outcome.findings ?? []);
  if (findings.length > 0) throw new FindingsError(findings);
  return outcomes.map((outcome) => {
    if ('result' in outcome) return outcome.result as Result;
    throw outcome.error;
  });
}

/** Returns true if the specification itself is refused, rather than the request failing for now. */
function isRefusal(error: unknown): error is ProblemError {
  return (
    error instanceof Error &&
    error.name === 'ProblemError' &&
    !(error as ProblemError).retryable &&
    (error as ProblemError).status < 500
  );
}

/** Locates a problem of the control plane in the user's file. */
function toFindings(problem: ProblemError, { document, locate }: LoadedSpec): Finding[] {
  const finding = (pointer: string, message: string) => toFinding({ pointer, message }, document, locate);
  if (problem.errors.length > 0) return problem.errors.map(({ pointer, detail }) => finding(pointer, detail));
  const pointer = problem.code === 'provider_not_found' ? '/provider_type' : '/tenant_id';
  return [finding(pointer, `${problem.detail}. ${problem.hint}`)];
}
