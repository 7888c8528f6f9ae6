/**
 * The metrics of several processes as those of one node: counters and histograms add up, gauges of a process too, and
 * what all processes read from the database is said once (each gauge says which: its `aggregator`). What a process
 * tells of itself as a process of the machine is not added up: it gets the label `process`.
 */
import { type MetricObjectWithValues, type MetricValue, Registry } from "@prometheus-io/client";

/** Of one registry, as it travels between processes. */
export type MeasuredSeries = MetricObjectWithValues<MetricValue<string>>[];

const OF_THE_MACHINE = /^(?:process|nodejs)_/;

/** `process` is the value of its label. */
export interface MeasuredProcess {
  readonly process: string;
  readonly metrics: MeasuredSeries;
}

/** `departed`: the sums of processes that are no more, so that counters never go back. */
export function joinMetrics(processes: readonly MeasuredProcess[], departed: MeasuredSeries): Registry {
  const labelled = processes.map(({ process, metrics }) =>
    metrics.map((metric) => (OF_THE_MACHINE.test(metric.name) ? withLabel(metric, { process }) : metric)),
  );
  return Registry.aggregate([...labelled, departed]);
}

/** What must not be forgotten of a process that has ended: what it counted, and nothing of its state. */
export async function addDeparted(departed: MeasuredSeries, last: MeasuredSeries): Promise<MeasuredSeries> {
  const counted = last.filter(({ name, type }) => type !== "gauge" && !OF_THE_MACHINE.test(name));
  return Registry.aggregate([departed, counted]).getMetricsAsJSON();
}

function withLabel(metric: MeasuredSeries[number], label: { readonly process: string }): MeasuredSeries[number] {
  return { ...metric, values: metric.values.map((value) => ({ ...value, labels: { ...value.labels, ...label } })) };
}
