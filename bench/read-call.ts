/** What the command line of a run asks for, checked whole: a scenario, a database, and how the server is to serve. */
import { parseArgs } from "node:util";

import { scenarios } from "./scenarios/all.ts";
import type { Scenario, ScenarioOptions } from "./scenarios/scenario.ts";
import type { DatabaseKind } from "./targets/bench-database.ts";
import type { ServingForm } from "./targets/posthorn.ts";

export interface Call {
  readonly scenario: Scenario;
  readonly database: DatabaseKind;
  /** null: `posthorn dev`, one process. */
  readonly serving: ServingForm | null;
  readonly options: ScenarioOptions;
  /** Where everything measured is written; null: nowhere. */
  readonly out: string | null;
}

/** Of a scenario that gives none: enough to see that it works. */
const SHORT_SECONDS = 1;
const SHORT_ROWS = 2_000;
/** As many as `posthorn serve` takes. */
const PROCESSES_MAX = 64;
/** Each has a pool of ten connections, of the hundred that PostgreSQL has by default. */
const NODES_MAX = 8;
/** As many as an endpoint may have. */
const CAP_MAX = 1_000;

/** What is wrong with the command line is returned as a sentence. */
export function readCall(args: readonly string[]): Call | { readonly problem: string } {
  const parsed = parse(args);
  if ("problem" in parsed) return parsed;
  const { values, positionals } = parsed;
  const scenario = scenarios.find(({ name }) => name === positionals[0]);
  if (scenario === undefined) return { problem: `There is no scenario ${positionals[0] ?? "without a name"}.` };
  const { db, short, out = null } = values;
  if (db !== "postgres" && db !== "embedded") return { problem: "--db: postgres or embedded." };
  const seconds = Number(values.seconds ?? (short ? SHORT_SECONDS : scenario.seconds));
  if (!(seconds >= 1)) return { problem: "--seconds: at least 1." };
  const rows = Number(values.rows ?? (short ? SHORT_ROWS : (scenario.rows ?? 0)));
  if (!(rows >= 0)) return { problem: "--rows: a number of rows." };
  const processes = readCount(values.processes, PROCESSES_MAX);
  if (processes === null) return { problem: `--processes: 1 to ${PROCESSES_MAX}.` };
  const nodes = readCount(values.nodes, NODES_MAX);
  if (nodes === null) return { problem: `--nodes: 1 to ${NODES_MAX}.` };
  const cap = values.cap === undefined ? undefined : readCount(values.cap, CAP_MAX);
  if (cap === null) return { problem: `--cap: 1 to ${CAP_MAX}.` };
  const isPlain = values.processes === undefined && values.nodes === undefined;
  if (!isPlain && db === "embedded") {
    return { problem: "--processes and --nodes need --db postgres: the embedded database lives in one process." };
  }
  return {
    scenario,
    database: db,
    serving: isPlain ? null : { processes, nodes },
    options: { seconds, rows, short, ...(cap !== undefined && { cap }) },
    out,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        db: { type: "string" },
        seconds: { type: "string" },
        rows: { type: "string" },
        processes: { type: "string" },
        nodes: { type: "string" },
        cap: { type: "string" },
        short: { type: "boolean", default: false },
        out: { type: "string" },
      },
    });
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** 1 where nothing is given; null for what is no whole number from 1 to `max`. */
function readCount(text: string | undefined, max: number): number | null {
  const count = Number(text ?? 1);
  return Number.isInteger(count) && count >= 1 && count <= max ? count : null;
}
