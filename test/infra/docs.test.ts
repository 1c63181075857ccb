import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { METRICS } from '../../functions/runtime/telemetry/metric-names.ts';
import { runbookSections } from '../../infra/watch/runbook.ts';
import { readTable, renderTables } from './render-docs.ts';
import { synthesizeApp } from './synthesized.ts';

// Synthesis takes seconds of CPU.
vi.setConfig({ testTimeout: 120_000 });

const app = synthesizeApp();
const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');

interface AlarmProperties {
  AlarmDescription: string;
  TreatMissingData: string;
  MetricName?: string;
  Namespace?: string;
  ComparisonOperator: string;
  Metrics?: { MetricStat?: { Metric: { Namespace: string; MetricName: string } } }[];
}
const alarms = app.propertiesOf<AlarmProperties>('AWS::CloudWatch::Alarm');

/** Anchors of the headings, in the notation of GitHub and GitLab. */
const anchors = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
  heading.toLowerCase().replaceAll(' ', '-'),
);

describe('the runbook', () => {
  test('has a section for every alarm and an alarm for every section', () => {
    const linked = alarms.map(({ AlarmDescription }) => /docs\/runbook\.md#([a-z-]+)$/.exec(AlarmDescription)?.[1]);
    expect(linked).not.toContain(undefined);
    expect([...new Set(linked)].sort()).toEqual(Object.keys(runbookSections).sort());
    expect(anchors.toSorted()).toEqual(Object.keys(runbookSections).sort());
  });

  test('explains in every section the meaning, the signs and the remedy', () => {
    const sections = runbook.split(/^## /m).slice(1);
    for (const section of sections) {
      for (const part of ['**Means.**', '**Look at.**', '**Do.**']) expect(section).toContain(part);
    }
  });

  test('is linked at its published URL, if the settings give one', () => {
    const published = synthesizeApp({
      providers: { memory: { type: 'memory' } },
      runbook_url: 'https://wiki.example.com/berth',
    });
    const [alarm] = published.propertiesOf<AlarmProperties>('AWS::CloudWatch::Alarm');
    expect(alarm?.AlarmDescription).toContain('https://wiki.example.com/berth#');
  });
});

describe('the alarms', () => {
  test('watch metrics that the functions emit', () => {
    const names = alarms.flatMap(({ Namespace, MetricName, Metrics = [] }) => [
      ...(Namespace === METRICS.namespace ? [MetricName] : []),
      ...Metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric.MetricName] : [])),
    ]);
    expect([...new Set(names)].sort()).toEqual(
      [
        METRICS.failed,
        METRICS.operationDuration,
        METRICS.orphans,
        METRICS.skipped,
        METRICS.sweeps,
        METRICS.unhealthy,
      ].sort(),
    );
  });

  test('treat missing data as breaching for the sweep only', () => {
    const breaching = alarms.filter(({ TreatMissingData }) => TreatMissingData === 'breaching');
    expect(breaching).toEqual([
      expect.objectContaining({ MetricName: METRICS.sweeps, ComparisonOperator: 'LessThanThreshold' }),
    ]);
  });
});

test('the dashboard shows the API, every provider and every function', () => {
  const text = JSON.stringify(app.propertiesOf('AWS::CloudWatch::Dashboard'));
  for (const operation of app.functions.keys()) expect(text).toContain(operation);
  for (const name of ['5xx', 'Latency', METRICS.operationDuration, METRICS.failed, METRICS.orphans, METRICS.sweeps]) {
    expect(text).toContain(name);
  }
});

test('the generated parts of the pages are up to date with `npm run docs:infra`', () => {
  for (const [page, tables] of Object.entries(renderTables(app))) {
    for (const [mark, table] of Object.entries(tables)) expect(readTable(page, mark), `${page}, ${mark}`).toBe(table);
  }
});
