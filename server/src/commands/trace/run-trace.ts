/**
 * `posthorn trace evt_…`: one event's whole way. Reads the database of DATABASE_URL, or asks a server: the one at --url,
 * or the development server of this machine; where that is stopped, its database is read.
 */
import { parseArgs } from "node:util";

import { ConfigError, dataDirectory, DEV_TENANT, readTraceConfig, type TraceConfig } from "../../config.ts";
import { fromNumberId } from "../../core/ids/public-id.ts";
import { openEmbedded } from "../../db/embedded.ts";
import { openPostgres } from "../../db/postgres.ts";
import { readDevSecrets } from "../dev-secrets.ts";
import { listLoginUrls, openServerAccess } from "../login/server-access.ts";
import { describeTimeline } from "./describe-timeline.ts";
import { traceFromDatabase } from "./trace-from-database.ts";
import { traceFromServer } from "./trace-from-server.ts";
import type { TracedEvent } from "./traced-event.ts";

/** Exit code 1: there is no such event. Throws ConfigError for a mistake of the command line. */
export async function runTrace(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: "string" },
      port: { type: "string" },
      tenant: { type: "string" },
      "data-dir": { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const [id, ...rest] = positionals;
  const eventId = id === undefined ? null : fromNumberId("evt", id);
  if (id === undefined || eventId === null || rest.length > 0) {
    throw new ConfigError("Expected posthorn trace evt_… with the id of an event. See posthorn --help.");
  }
  const flags = { url: values.url, port: values.port, dataDir: values["data-dir"] };
  const config = await readTraceConfig(flags, await readDevSecrets(dataDirectory(flags)), listLoginUrls);
  const traced = await find(config, { id, eventId, tenant: values.tenant });
  if (traced === null) {
    process.stderr.write(`posthorn: There is no event ${id}, or its retention is over.\n`);
    return 1;
  }
  process.stdout.write(values.json ? `${JSON.stringify(traced, null, 2)}\n` : describeTimeline(traced));
  return 0;
}

interface Wanted {
  readonly id: string;
  readonly eventId: number;
  /** Undefined where none was named. */
  readonly tenant: string | undefined;
}

async function find(config: TraceConfig, wanted: Wanted): Promise<TracedEvent | null> {
  if (config.from === "database") {
    await using database = await openPostgres({ url: config.url, poolSize: 1 });
    return await traceFromDatabase(database, wanted.eventId);
  }
  const { directory } = config;
  try {
    const { url, key, tenant } = await openServerAccess(config);
    const server = { url, key: await key(), tenant: wanted.tenant ?? tenant ?? DEV_TENANT };
    return await traceFromServer(server, wanted.id);
  } catch (error) {
    // `fetch` says so of a server that is not there.
    if (directory === null || !(error instanceof TypeError)) throw error;
  }
  await using database = await openEmbedded({ directory });
  return await traceFromDatabase(database, wanted.eventId);
}
