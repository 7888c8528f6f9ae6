import { expect, test } from "vitest";

import { handleOnce } from "./once.ts";
import type { InsertAnswer } from "./once.ts";

const ID = "evt_1";

/** A record of claims in memory, with what was asked of it. */
function setup(answer: InsertAnswer = true) {
  const calls: string[] = [];
  const claims = new Set<string>();
  return {
    calls,
    claims,
    options: {
      id: ID,
      insert: async (id: string, claim: string) => {
        calls.push(`insert ${id}`);
        claims.add(claim);
        return answer;
      },
      handle: async () => {
        calls.push("handle");
        return 42;
      },
      finish: async (id: string, claim: string) => {
        calls.push(`finish ${id}`);
        claims.add(claim);
      },
      release: async (id: string, claim: string) => {
        calls.push(`release ${id}`);
        claims.add(claim);
      },
    },
  };
}

test.each([true, "new"] as const)("an id that is %j is handled, after it was written, and finished", async (answer) => {
  const { options, calls, claims } = setup(answer);
  expect(await handleOnce(options)).toEqual({ duplicate: false, result: 42 });
  expect(calls).toEqual(["insert evt_1", "handle", "finish evt_1"]);
  expect(claims.size).toBe(1);
});

test.each([false, "done"] as const)("an id that is there (%j) is a duplicate, and nothing is done", async (answer) => {
  const { options, calls } = setup(answer);
  expect(await handleOnce(options)).toEqual({ duplicate: true });
  expect(calls).toEqual(["insert evt_1"]);
});

test("an event that somebody else is handling is neither done nor handled: the sender comes again", async () => {
  const { options, calls } = setup("in_progress");
  await expect(handleOnce(options)).rejects.toMatchObject({ code: "event_in_progress", status: 503, id: ID });
  expect(calls).toEqual(["insert evt_1"]);
});

test("a failure takes the id back, and is thrown", async () => {
  const { options, calls } = setup();
  const failure = new Error("The work failed.");
  await expect(handleOnce({ ...options, handle: () => Promise.reject(failure) })).rejects.toBe(failure);
  expect(calls).toEqual(["insert evt_1", "release evt_1"]);
});

test("a release that fails does not hide why the work failed", async () => {
  const { options } = setup();
  const [failure, release] = [new Error("The work failed."), new Error("The database is away.")];
  const both = { ...options, handle: () => Promise.reject(failure), release: () => Promise.reject(release) };
  await expect(handleOnce(both)).rejects.toMatchObject({ message: "The work failed.", suppressed: release });
});

test("a finish that fails releases nothing: the work is done, and whether that was written nobody knows", async () => {
  const { options, calls } = setup();
  const finish = () => Promise.reject(new Error("The database is away."));
  await expect(handleOnce({ ...options, finish })).rejects.toThrow("The database is away.");
  expect(calls).toEqual(["insert evt_1", "handle"]);
});
