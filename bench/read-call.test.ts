import { describe, expect, it } from "vitest";

import { readCall } from "./read-call.ts";

const read = (line: string) => readCall(line.split(" "));

describe("the command line of a run", () => {
  it("gives a scenario its own measures where it says none, and one development server", () => {
    expect(read("steady --db embedded")).toMatchObject({
      scenario: { name: "steady" },
      database: "embedded",
      serving: null,
      options: { seconds: 10, rows: 0, short: false },
      out: null,
    });
    expect(read("stored --db postgres --short --out x.json")).toMatchObject({
      options: { seconds: 1, rows: 2_000, short: true },
      out: "x.json",
    });
  });

  it("takes processes of one node, nodes, and both", () => {
    expect(read("steady --db postgres --processes 4")).toMatchObject({ serving: { processes: 4, nodes: 1 } });
    expect(read("steady --db postgres --nodes 2")).toMatchObject({ serving: { processes: 1, nodes: 2 } });
    expect(read("steady --db postgres --processes 2 --nodes 2")).toMatchObject({
      serving: { processes: 2, nodes: 2 },
    });
  });

  it("serves with one process when one is asked for: what several are compared with", () => {
    expect(read("steady --db postgres --processes 1")).toMatchObject({ serving: { processes: 1, nodes: 1 } });
  });

  it("takes a cap for the steady load's endpoint", () => {
    expect(read("steady --db postgres --cap 256")).toMatchObject({ options: { cap: 256 } });
  });

  it.each([
    ["steady --db embedded --processes 2", "need --db postgres"],
    ["steady --db embedded --nodes 2", "need --db postgres"],
    ["steady --db postgres --processes 0", "--processes: 1 to 64"],
    ["steady --db postgres --processes two", "--processes: 1 to 64"],
    ["steady --db postgres --processes 1.5", "--processes: 1 to 64"],
    ["steady --db postgres --processes 65", "--processes: 1 to 64"],
    ["steady --db postgres --nodes 9", "--nodes: 1 to 8"],
    ["steady --db postgres --cap 0", "--cap: 1 to 1000"],
    ["steady --db sqlite", "--db: postgres or embedded"],
    ["steady", "--db: postgres or embedded"],
    ["steady --db postgres --seconds 0", "--seconds"],
    ["steady --db postgres --rows many", "--rows"],
    ["steadfast --db postgres", "no scenario steadfast"],
    ["steady --db postgres --cores 2", "--cores"],
  ])("refuses %s, and says why", (line, why) => {
    expect(read(line)).toMatchObject({ problem: expect.stringContaining(why) as string });
  });
});
