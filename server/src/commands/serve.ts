/**
 * `posthorn serve`: the production form. Logs to stderr; ends with code 0 after a drained stop. With `--processes` this
 * process starts the others and serves nothing itself; each of them runs this command anew.
 */
import cluster from "node:cluster";

import { type Flags, readProcessNumber, readServeConfig, type ServeConfig } from "../config.ts";
import { createLog, type Log } from "../log.ts";
import { listenForMonitoring } from "../monitoring/listen-for-monitoring.ts";
import { answerParent } from "../processes/answer-parent.ts";
import { monitorProcesses } from "../processes/monitor-processes.ts";
import { ProcessGroup } from "../processes/process-group.ts";
import { startServer } from "../server.ts";
import { readVersion } from "../version.ts";
import { waitForSignal } from "./wait-for-signal.ts";

export async function runServe(flags: Flags): Promise<number> {
  const config = readServeConfig(flags);
  const log = createLog(config.logLevel);
  const number = cluster.isWorker ? readProcessNumber() : null;
  if (number !== null) return serveAmongOthers(config, log.child({ process: number }));
  return config.processes === 1 ? serveAlone(config, log) : serveTogether(config, log);
}

async function serveAlone(config: ServeConfig, log: Log): Promise<number> {
  const server = await startServer(config, log);
  const url = config.roles.includes("api") ? server.url : null;
  const { roles } = config;
  log.info({ version: readVersion(), roles, url, monitoringUrl: server.monitoringUrl }, "serving");
  await waitForSignal();
  log.info("stopping: finishing what is in flight");
  await server.stop();
  log.info("stopped");
  return 0;
}

/** One of several processes: its parent has the monitoring port, and says when to stop. */
async function serveAmongOthers(config: ServeConfig, log: Log): Promise<number> {
  // Disposed at the end or when it does not start: the channel to the parent would keep this process.
  using _channel = { [Symbol.dispose]: () => cluster.worker?.disconnect() };
  const server = await startServer({ ...config, monitoring: config.monitoring === null ? null : "asked" }, log);
  const parent = answerParent(server);
  parent.serving(config.roles.includes("api") ? server.url : null);
  await parent.stopped;
  log.info("stopping: finishing what is in flight");
  await server.stop();
  log.info("stopped");
  return 0;
}

async function serveTogether(config: ServeConfig, log: Log): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const signal = waitForSignal({ onSecond: () => group.kill() });
  const monitor = stack.use(monitorProcesses(() => group));
  const group: ProcessGroup = new ProcessGroup({
    count: config.processes,
    log,
    nowMs: () => performance.now(),
    onEnded: (key) => monitor.ended(key),
  });
  stack.defer(() => group.kill());
  const started = await Promise.race([group.started.then((url) => ({ url })), signal.then(() => null)]);
  if (started !== null) {
    const onFault = (error: unknown): void => log.error({ err: error }, "answering a probe");
    const port =
      config.monitoring === null
        ? null
        : stack.use(await listenForMonitoring({ ...config.monitoring, monitor, onFault }));
    const { processes, roles } = config;
    log.info(
      { version: readVersion(), processes, roles, url: started.url, monitoringUrl: port?.url ?? null },
      "serving",
    );
    await signal;
  }
  log.info("stopping: every process finishes what is in flight");
  const inOrder = await group.stop();
  log.info({ inOrder }, "stopped");
  return inOrder ? 0 : 1;
}
