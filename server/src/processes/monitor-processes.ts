/**
 * What the one monitoring port of several processes says: asked of each when somebody asks. A process that does not
 * answer is left out of the metrics and shown as silent by readiness. What an ended process had counted when it was
 * asked last stays counted.
 */
import { addDeparted, joinMetrics, type MeasuredSeries } from "../monitoring/join-metrics.ts";
import { judgeProcesses } from "../monitoring/judge-processes.ts";
import type { Monitor } from "../monitoring/listen-for-monitoring.ts";
import { measureParent, type ParentCounts } from "../monitoring/measure-parent.ts";
import type { ProcessGroup } from "./process-group.ts";

export interface ProcessesMonitor extends Monitor, Disposable {
  /** The process with this key is gone. */
  ended(key: number): void;
}

export function monitorProcesses(group: () => ProcessGroup): ProcessesMonitor {
  const parent = measureParent((): ParentCounts => {
    const places = group().places();
    const serving = places.filter((place) => place.serving !== null).length;
    return { serving, starting: places.length - serving, restarts: group().restarts };
  });
  const lastOf = new Map<number, MeasuredSeries>();
  let departed = Promise.resolve<MeasuredSeries>([]);

  const measured = async () => {
    const told = await Promise.all(
      group()
        .places()
        .map(async ({ number, serving }) => {
          const answer = serving === null ? null : await group().ask(serving.key, "metrics");
          if (serving === null || answer?.told !== "metrics" || answer.metrics === null) return null;
          lastOf.set(serving.key, answer.metrics);
          return { process: String(number), metrics: answer.metrics };
        }),
    );
    return told.filter((one) => one !== null);
  };
  return {
    async metrics() {
      const own = { process: "parent", metrics: await parent.registry.getMetricsAsJSON() };
      const joined = joinMetrics([own, ...(await measured())], await departed);
      return { contentType: joined.contentType, body: await joined.metrics() };
    },
    async readiness() {
      const judged = group()
        .places()
        .map(async ({ number, serving }) => {
          const answer = serving === null ? null : await group().ask(serving.key, "readiness");
          const readiness = answer?.told === "readiness" ? answer.readiness : null;
          return { process: number, isServing: serving !== null, readiness };
        });
      return judgeProcesses(await Promise.all(judged));
    },
    ended(key) {
      const last = lastOf.get(key);
      lastOf.delete(key);
      if (last !== undefined) departed = departed.then((sums) => addDeparted(sums, last));
    },
    [Symbol.dispose]: () => parent[Symbol.dispose](),
  };
}
