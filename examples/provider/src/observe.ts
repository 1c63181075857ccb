import type { Deployment, NomadJob } from './api.ts';
import { readRecord, type VersionRecord } from './job.ts';

/** One version of a job, with what Berth recorded in it. */
export interface Version extends VersionRecord {
  number: number;
  job: NomadJob;
  deployment?: Deployment | undefined;
}

/** The versions of a tenant at a moment. */
export interface Observation {
  /** The newest version. */
  current: Version;
  serving?: Version | undefined;
  pending?: Version | undefined;
  failed?: Version | undefined;
}

/** Longer than Nomad takes to begin a deployment. Ended ones are collected after an hour (`deployment_gc_threshold`). */
const BEGIN_SECONDS = 600;

/**
 * Tells which version serves, which one is on its way and which failed last, from the versions of a job (newest first) and
 * its deployments. The two are read by two requests, so a deployment may be newer than the versions.
 *
 * Nomad marks a version stable when its deployment succeeded. When one fails, Nomad registers the last stable version again
 * as a new version (`AutoRevert`), with the record and so with the `change` of the old one. Until then the failed version
 * counts as pending: its canaries still run.
 */
export function observe(
  jobs: readonly NomadJob[],
  deployments: readonly Deployment[],
  now: number,
): Observation | undefined {
  const versions = jobs.flatMap((job) => {
    const record = readRecord(job);
    const number = job.Version ?? 0;
    const deployment = deployments.find(({ JobVersion }) => JobVersion === number);
    return record ? [{ ...record, number, job, deployment }] : [];
  });
  const [current, ...older] = versions;
  if (!current || current.number !== (jobs[0]?.Version ?? 0)) return undefined; // its record is lost
  if (current.stopped || current.job.Stop) return { current };
  const failed = failedOf(versions, now);
  const serving = isStable(current) ? current : lastServing(older);
  if (serving === current) return { current, serving, failed };
  const isRevert = serving?.change === current.change && (current.deployment !== undefined || isOld(current, now));
  if (isRevert) return { current, serving: current, failed };
  if (failed === current && !serving) return { current, failed };
  return { current, serving, failed, pending: current };
}

function isStable({ job, deployment }: Version): boolean {
  return job.Stable === true || deployment?.Status === 'successful';
}

/** Returns the newest stable version since the tenant was stopped last. */
function lastServing(older: readonly Version[]): Version | undefined {
  const stop = older.findIndex(({ stopped, job }) => stopped || job.Stop);
  return older.slice(0, stop === -1 ? older.length : stop).find(isStable);
}

/** Returns the last version that Berth made, if its deployment failed. */
function failedOf(versions: readonly Version[], now: number): Version | undefined {
  const last = versions.find(
    ({ change }, index) => !versions.slice(index + 1).some((older) => older.change === change),
  );
  if (!last || isStable(last)) return undefined;
  const isOver = last.deployment ? last.deployment.Status === 'failed' : isOld(last, now);
  return isOver ? last : undefined;
}

function isOld({ job: { SubmitTime = 0 } }: Version, now: number): boolean {
  return now - SubmitTime / 1e6 > BEGIN_SECONDS * 1000;
}
