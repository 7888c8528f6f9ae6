import { describe, expect, it } from "vitest";

import { runEvery } from "./run-every.ts";

/** A task whose runs the test ends, one at a time. */
function setup(runOnce: (run: number) => Promise<unknown>, random = 0) {
  let runs = 0;
  const errors: unknown[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const task = runEvery(
    {
      name: "test",
      intervalMs: 5,
      runOnce: async () => {
        runs += 1;
        for (const { resolve } of waiting.filter(({ count }) => count <= runs)) resolve();
        return runOnce(runs);
      },
    },
    { random: () => random, onError: (error, name) => void errors.push([name, error]) },
  );
  const started = (count: number): Promise<void> =>
    runs >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }));
  return { task, errors, started, runs: () => runs };
}

describe("runEvery", () => {
  it("runs again and again until it is stopped", async () => {
    const { task, started, runs } = setup(async () => undefined);
    await started(3);
    await task[Symbol.asyncDispose]();
    const count = runs();
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs()).toBe(count);
  });

  it("reports a failure by the task's name and goes on", async () => {
    const fault = new Error("once");
    const { task, started, errors } = setup(async (run) => {
      if (run === 1) throw fault;
    });
    await started(2);
    await task[Symbol.asyncDispose]();
    expect(errors).toEqual([["test", fault]]);
  });

  it("never runs twice at once, and waits for the run under way when it is stopped", async () => {
    const end = Promise.withResolvers<void>();
    let ended = false;
    const { task, started, runs } = setup(async () => {
      await end.promise;
      ended = true;
    });
    await started(1);
    const stopped = task[Symbol.asyncDispose]();
    end.resolve();
    await stopped;
    expect([runs(), ended]).toEqual([1, true]);
  });

  it("asks how long to wait after each run", async () => {
    let runs = 0;
    const third = Promise.withResolvers<void>();
    const asked: number[] = [];
    const task = runEvery(
      {
        name: "changing",
        intervalMs: () => {
          asked.push(runs);
          return runs < 3 ? 1 : 3_600_000;
        },
        runOnce: async () => {
          runs += 1;
          if (runs === 3) third.resolve();
        },
      },
      { random: () => 0, onError() {} },
    );
    await third.promise;
    await task[Symbol.asyncDispose]();
    expect(asked.slice(0, 3)).toEqual([0, 1, 2]);
  });

  it("is stopped at once while it waits for its first run", async () => {
    const task = runEvery(
      { name: "late", intervalMs: 3_600_000, runOnce: async () => undefined },
      { random: () => 1, onError() {} },
    );
    await task[Symbol.asyncDispose]();
  });
});
