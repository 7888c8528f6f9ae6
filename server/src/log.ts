/**
 * The server's log: one JSON line an entry on stderr. Errors are logged by message and stack; what callers sent, and
 * what the database holds, is not, since an error of ours never carries it.
 */
import { pino, type Logger } from "pino";

import type { LogLevel } from "./config.ts";

export type Log = Logger;

export function createLog(level: LogLevel): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}
