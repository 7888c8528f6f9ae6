/** What a parent tells of itself and of its processes. */
import { Counter, Gauge, Registry } from "@prometheus-io/client";

import { measureProcess } from "./measure-process.ts";

export interface ParentCounts {
  readonly serving: number;
  readonly starting: number;
  readonly restarts: number;
}

export function measureParent(count: () => ParentCounts): Disposable & { readonly registry: Registry } {
  const registry = new Registry();
  const registers = [registry];
  const processes: Gauge<"state"> = new Gauge({
    name: "posthorn_processes",
    help: "Processes that serve together, by state.",
    labelNames: ["state"],
    registers,
    collect() {
      const { serving, starting } = count();
      processes.set({ state: "serving" }, serving);
      processes.set({ state: "starting" }, starting);
    },
  });
  const restarts: Counter = new Counter({
    name: "posthorn_process_restarts_total",
    help: "Processes that ended by themselves and were started again.",
    registers,
    collect() {
      restarts.reset();
      restarts.inc(count().restarts);
    },
  });
  const own = measureProcess(registry);
  return { registry, [Symbol.dispose]: () => own[Symbol.dispose]() };
}
