/** Opens the monitoring port over what was counted so far; disposing closes it and gives up what measures. */
import type { Registry } from "@prometheus-io/client";

import { createReadinessCheck, type ReadinessSettings } from "./check-readiness.ts";
import { listenForMonitoring, type MonitoringListener } from "./listen-for-monitoring.ts";
import { measureProcess } from "./measure-process.ts";
import { type MeasuredServer, measureServer } from "./measure-server.ts";

export interface MonitoringSettings extends MeasuredServer, ReadinessSettings {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Of `countPipeline`. */
  readonly registry: Registry;
  readonly onFault: (error: unknown) => void;
}

/** Rejects when the address is taken or not ours. */
export async function startMonitoring(settings: MonitoringSettings): Promise<MonitoringListener> {
  const { host, port, registry, onFault } = settings;
  await using stack = new AsyncDisposableStack();
  measureServer(registry, settings);
  stack.use(measureProcess(registry));
  const checkReadiness = createReadinessCheck(settings);
  const { url } = stack.use(await listenForMonitoring({ host, port, registry, checkReadiness, onFault }));
  const resources = stack.move();
  return { url, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
