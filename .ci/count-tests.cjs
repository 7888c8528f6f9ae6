"use strict";
/*
 * Sums the results that .ci/test.ts left in a folder: prints `passed failed skipped`. A test file that could not be
 * loaded, or an error outside any test, counts as one failure.
 * With --complete it fails unless both runs are there and the one on PostgreSQL, where every test can run, skipped
 * none. The embedded run skips what needs a real server, or two processes on one.
 */
const fs = require("node:fs");
const path = require("node:path");

const folder = process.argv[2];
const complete = process.argv.includes("--complete");
const runs = ["embedded", "postgres"].map(readRun);

if (complete) {
  const problems = runs.flatMap(findProblems);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
} else {
  const sum = (name) => runs.reduce((total, run) => total + run[name], 0);
  console.log(sum("passed"), sum("failed"), sum("skipped"));
}

function readRun(name) {
  const file = path.join(folder, `${name}.json`);
  if (!fs.existsSync(file)) return { name, found: false, passed: 0, failed: 1, skipped: 0, skippedNames: [] };
  const results = JSON.parse(fs.readFileSync(file, "utf8"));
  const tests = results.testResults.flatMap((suite) => suite.assertionResults);
  const brokenFiles = results.testResults.filter(
    (suite) => suite.status === "failed" && !suite.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = tests.filter((test) => test.status === "failed").length + brokenFiles;
  const skippedNames = tests.filter((test) => !["passed", "failed"].includes(test.status)).map((test) => test.fullName);
  return {
    name,
    found: true,
    passed: tests.filter((test) => test.status === "passed").length,
    failed: failed === 0 && !results.success ? 1 : failed,
    skipped: skippedNames.length,
    skippedNames,
  };
}

function findProblems(run) {
  if (!run.found) return [`the run on ${run.name} left no results`];
  if (run.passed === 0) return [`the run on ${run.name} passed no test`];
  if (run.name === "embedded") return [];
  return run.skippedNames.map((test) => `skipped on ${run.name}: ${test}`);
}
