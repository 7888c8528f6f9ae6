import { defineConfig } from "vitest/config";

import { LongestFirst } from "./vitest.sequencer.ts";

/** One seed for every property of a run, printed so that a failure elsewhere can be repeated here. */
const seed = Number(process.env["FAST_CHECK_SEED"] ?? Date.now() % 2 ** 31);
process.stderr.write(`fast-check seed ${seed}; repeat with FAST_CHECK_SEED=${seed}\n`);

const isCi = process.env["CI"] === "true";

export default defineConfig({
  // Workspace packages resolve to their source: no build before a test.
  resolve: { conditions: ["posthorn-source"] },
  ssr: { resolve: { conditions: ["posthorn-source", "module", "node", "development|production"] } },
  test: {
    include: ["{server,packages,devkit,bench}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    setupFiles: ["vitest.setup.ts"],
    env: { FAST_CHECK_SEED: String(seed) },
    pool: "forks",
    // Most of a file's time was the loading of the same modules anew. None of ours has a state of its own, and a test
    // gives back what it changes of its process.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    execArgv: ["--conditions=posthorn-source"],
    // Two cores are the machine we promise for, and an embedded database takes about 150 MB in each worker.
    maxWorkers: 2,
    // Real processes and sockets on a machine that others may share: in CI a test gets more time, and one more try,
    // which the report shows.
    testTimeout: isCi ? 60_000 : 30_000,
    hookTimeout: 120_000,
    retry: isCi ? 1 : 0,
  },
});
