/**
 * What any Node.js process tells of itself, under the names that dashboards know. The client's own collectors are not
 * used: their timers and observers run ten to a hundred times a second and are never given up. Here everything is
 * read when somebody asks, but for the delay of the event loop, which is watched by one native timer until disposed.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

import { Counter, Gauge, type Registry } from "@prometheus-io/client";

/** Fine enough to see a stall; each tick wakes the process, and at 10 ms that is a third of a percent of a core. */
const DELAY_RESOLUTION_MS = 50;

export function measureProcess(registry: Registry): Disposable {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): void => {
    const made: Gauge = new Gauge({ name, help, registers, collect: () => made.set(read()) });
  };
  gauge("process_start_time_seconds", "Start of the process, in seconds since 1970.", () =>
    Math.round(performance.timeOrigin / 1000),
  );
  gauge("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  gauge("nodejs_heap_size_used_bytes", "Heap in use.", () => process.memoryUsage().heapUsed);
  gauge("nodejs_heap_size_total_bytes", "Heap reserved.", () => process.memoryUsage().heapTotal);
  gauge("nodejs_external_memory_bytes", "Memory of buffers outside the heap.", () => process.memoryUsage().external);

  const cpu: Counter = new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time of the process, all threads.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1e6);
    },
  });

  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  const lagMax: Gauge = new Gauge({
    name: "nodejs_eventloop_lag_max_seconds",
    help: "Longest delay of the event loop since the last scrape.",
    registers,
    // Registered first, hence asked first: both are read before the histogram starts anew.
    collect() {
      lagMax.set(lagSeconds(delay.max, delay.count));
      lagP99.set(lagSeconds(delay.percentile(99), delay.count));
      delay.reset();
    },
  });
  const lagP99: Gauge = new Gauge({
    name: "nodejs_eventloop_lag_p99_seconds",
    help: "99th percentile of the event loop's delay since the last scrape.",
    registers,
  });
  return { [Symbol.dispose]: () => void delay.disable() };
}

/** The histogram holds nanoseconds from one tick of its timer to the next, the tick itself included. */
function lagSeconds(nanoseconds: number, count: number): number {
  return count === 0 ? 0 : Math.max(0, nanoseconds / 1e9 - DELAY_RESOLUTION_MS / 1000);
}
