/**
 * The short ones of the faults, on PostgreSQL; `npm run test:faults` tells all of them, on the embedded database too.
 * There, kills and drains are what the crash tests are about.
 */
import { expect, it } from "vitest";

import { describeWithPostgres, postgresServerUrl } from "../support/database.ts";
import { describeWithPostgresBinaries } from "../support/start-postgres-cluster.ts";
import { faults } from "./all.ts";
import { runFault } from "./run-fault.ts";

/** A machine that is busy takes several times as long. */
const TOLD_IN_MS = 120_000;
const short = faults.filter(({ isShort = false }) => isShort);

// Each story has a PostgreSQL of its own, which it may break.
const describeFaults = postgresServerUrl === null ? describeWithPostgres : describeWithPostgresBinaries;

describeFaults("a fault", () => {
  it.each(short.map((fault) => [fault.about, fault] as const))(
    "%s",
    async (_about, fault) => {
      const { lost, violations } = await runFault(fault, "postgres");
      expect(violations).toEqual([]);
      expect(lost).toBe(0);
    },
    TOLD_IN_MS,
  );
});
