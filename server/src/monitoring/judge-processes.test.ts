import { expect, it } from "vitest";

import type { Readiness } from "./check-readiness.ts";
import { type JudgedProcess, judgeProcesses } from "./judge-processes.ts";

const OK = { ok: true };
const checks = { accepting: OK, database: OK, heartbeat: OK, partitions: OK };
const READY: Readiness = { status: "ready", checks };
const NOT_READY: Readiness = { status: "not_ready", checks: { ...checks, database: { ok: false, detail: "Away." } } };
const serving = (process: number, readiness: Readiness | null): JudgedProcess => ({
  process,
  isServing: true,
  readiness,
});
const starting = (process: number): JudgedProcess => ({ process, isServing: false, readiness: null });

it.each([
  { of: "all are ready", processes: [serving(1, READY), serving(2, READY)], status: "ready" },
  { of: "one starts anew", processes: [serving(1, READY), starting(2)], status: "ready" },
  { of: "all start anew", processes: [starting(1), starting(2)], status: "not_ready" },
  { of: "one is not ready", processes: [serving(1, READY), serving(2, NOT_READY)], status: "not_ready" },
  { of: "one is silent", processes: [serving(1, READY), serving(2, null)], status: "not_ready" },
])("is $status when $of", ({ processes, status }) => {
  expect(judgeProcesses(processes).status).toBe(status);
});

it("says of each process what is wrong with it", () => {
  expect(judgeProcesses([serving(1, NOT_READY), serving(2, null), starting(3)]).processes).toEqual([
    { process: 1, ...NOT_READY },
    { process: 2, status: "silent" },
    { process: 3, status: "starting" },
  ]);
});
