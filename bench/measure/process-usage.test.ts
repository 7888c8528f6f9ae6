import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { cpuSeconds, residentBytes } from "./process-usage.ts";

const MIB = 1024 * 1024;
/** Starts a child of its own, which works for 300 ms and keeps 64 MiB, and passes its line on. */
const PARENT = `
  const { spawn } = require("node:child_process");
  spawn(process.execPath, ["-e", process.env.CHILD], { stdio: ["ignore", "inherit", "inherit"] });
  setInterval(() => {}, 1000);
`;
const CHILD = `
  const kept = Buffer.alloc(64 * 1024 * 1024, 1);
  while (process.cpuUsage().user < 300_000);
  console.log(process.pid);
  setInterval(() => kept, 1000);
  process.on("SIGTERM", () => process.exit());
`;

/** Linux tells of processes in /proc; elsewhere nothing is measured. */
describe.skipIf(process.platform !== "linux")("what a process uses", () => {
  let parent: ReturnType<typeof spawn>;
  let pid: number;
  let childPid: number;

  beforeEach(async () => {
    const env = { ...process.env, CHILD };
    const started = spawn(process.execPath, ["-e", PARENT], { env, stdio: ["ignore", "pipe", "inherit"] });
    parent = started;
    pid = started.pid ?? 0;
    childPid = Number((await once(createInterface({ input: started.stdout }), "line"))[0]);
  });
  afterEach(async () => {
    process.kill(childPid, "SIGTERM");
    parent.kill("SIGKILL");
    await once(parent, "exit");
  });

  it("is what its descendants use, too", () => {
    expect(cpuSeconds([pid])).toBeGreaterThanOrEqual(0.3);
    const [all, child] = [residentBytes([pid]), residentBytes([childPid])];
    expect(child?.now).toBeGreaterThan(64 * MIB);
    expect(all?.now).toBeGreaterThan((child?.now ?? Infinity) + 10 * MIB);
    expect(all?.peak).toBeGreaterThanOrEqual(all?.now ?? Infinity);
  });

  it("is added up over several, and not measured where one is gone", () => {
    const [one, both] = [residentBytes([childPid])?.now ?? 0, residentBytes([childPid, process.pid])?.now ?? 0];
    expect(both).toBeGreaterThan(one + 10 * MIB);
    expect(cpuSeconds([pid, NOBODY])).toBeNull();
    expect(residentBytes([])).toBeNull();
  });
});

/** Above what Linux gives to any process (PID_MAX_LIMIT). */
const NOBODY = 2 ** 22 + 1;
