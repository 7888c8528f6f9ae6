/** `posthorn serve`: the production form. Logs to stderr; ends with code 0 after a drained stop. */
import { type Flags, readServeConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { startServer } from "../server.ts";
import { readVersion } from "../version.ts";
import { waitForSignal } from "./wait-for-signal.ts";

export async function runServe(flags: Flags): Promise<number> {
  const config = readServeConfig(flags);
  const log = createLog(config.logLevel);
  const server = await startServer(config, log);
  log.info({ version: readVersion(), url: server.url, monitoringUrl: server.monitoringUrl }, "serving");
  await waitForSignal();
  log.info("stopping: finishing what is in flight");
  await server.stop();
  log.info("stopped");
  return 0;
}
