/**
 * Measures a server over what was counted so far, and opens the monitoring port if it is to have one of its own; a
 * process among several is asked by the one that started it. Disposing closes the port and gives up what measures.
 */
import type { Registry } from "@prometheus-io/client";

import { createReadinessCheck, type Readiness, type ReadinessSettings } from "./check-readiness.ts";
import { listenForMonitoring } from "./listen-for-monitoring.ts";
import { measureProcess } from "./measure-process.ts";
import { type MeasuredServer, measureServer } from "./measure-server.ts";

export interface MonitoringSettings extends MeasuredServer, ReadinessSettings {
  /** Port 0 lets the system choose. `asked`: no port is opened. */
  readonly at: { readonly host: string; readonly port: number } | "asked";
  /** Of `countPipeline`. */
  readonly registry: Registry;
  readonly onFault: (error: unknown) => void;
}

export interface Monitoring extends AsyncDisposable {
  /** `http://host:port`, as bound; null without a port. */
  readonly url: string | null;
  readonly registry: Registry;
  checkReadiness(): Promise<Readiness>;
}

/** Rejects when the address is taken or not ours. */
export async function startMonitoring(settings: MonitoringSettings): Promise<Monitoring> {
  const { at, registry, onFault } = settings;
  await using stack = new AsyncDisposableStack();
  measureServer(registry, settings);
  stack.use(measureProcess(registry));
  const checkReadiness = createReadinessCheck(settings);
  const monitor = {
    metrics: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    readiness: checkReadiness,
  };
  const url = at === "asked" ? null : stack.use(await listenForMonitoring({ ...at, monitor, onFault })).url;
  const resources = stack.move();
  return { url, registry, checkReadiness, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
