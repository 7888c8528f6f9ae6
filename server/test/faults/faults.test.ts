/** The short ones of the faults; `npm run test:faults` tells all of them. */
import { describe, expect, it } from "vitest";

import { postgresServerUrl } from "../support/database.ts";
import { describeWithPostgresBinaries } from "../support/start-postgres-cluster.ts";
import { faults } from "./all.ts";
import { runFault } from "./run-fault.ts";

const kind = postgresServerUrl === null ? "embedded" : "postgres";
/** A machine that is busy takes several times as long. */
const TOLD_IN_MS = 120_000;
const short = faults.filter(({ shortOn = [] }) => shortOn.includes(kind));

const tellAll = (): void => {
  it.each(short.map((fault) => [fault.about, fault] as const))(
    "%s",
    async (_about, fault) => {
      const { lost, violations } = await runFault(fault, kind);
      expect(violations).toEqual([]);
      expect(lost).toBe(0);
    },
    TOLD_IN_MS,
  );
};

// Each story has a PostgreSQL of its own, which it may break.
if (kind === "postgres") describeWithPostgresBinaries("a fault", tellAll);
else describe("a fault", tellAll);
