import { Counter, Gauge, Histogram, Registry } from "@prometheus-io/client";
import { expect, it } from "vitest";

import { addDeparted, joinMetrics, type MeasuredSeries } from "./join-metrics.ts";

/** What a process measured that stored so many events, holds so many, and reads the same backlog as all. */
async function measured(events: number, held: number): Promise<MeasuredSeries> {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: "events_total", help: "-", registers }).inc(events);
  new Gauge({ name: "held", help: "-", registers }).set(held);
  new Gauge({ name: "waiting", help: "-", registers, aggregator: "first" }).set(70);
  new Gauge({ name: "process_resident_memory_bytes", help: "-", registers }).set(1_000);
  new Histogram({ name: "seconds", help: "-", registers, buckets: [1] }).observe(0.5);
  // As it travels between processes.
  return JSON.parse(JSON.stringify(await registry.getMetricsAsJSON())) as MeasuredSeries;
}

const textOf = (registry: Registry): Promise<string> => registry.metrics();

it("adds up what each counts and holds, says once what all read, and keeps machines' figures apart", async () => {
  const processes = [
    { process: "1", metrics: await measured(3, 10) },
    { process: "2", metrics: await measured(4, 20) },
  ];
  const lines = (await textOf(joinMetrics(processes, []))).split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      "events_total 7",
      "held 30",
      "waiting 70",
      'process_resident_memory_bytes{process="1"} 1000',
      'process_resident_memory_bytes{process="2"} 1000',
      'seconds_bucket{le="1"} 2',
      "seconds_count 2",
    ]),
  );
});

it("keeps what an ended process had counted, and nothing of what it held", async () => {
  const departed = await addDeparted(await addDeparted([], await measured(3, 10)), await measured(2, 10));
  const lines = (await textOf(joinMetrics([{ process: "1", metrics: await measured(1, 5) }], departed))).split("\n");
  expect(lines).toEqual(expect.arrayContaining(["events_total 6", "held 5", "waiting 70", "seconds_count 3"]));
  expect(lines.filter((line) => line.startsWith("process_resident"))).toHaveLength(1);
});
