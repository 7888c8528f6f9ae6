/**
 * The order of the test files: the longest first, since one that begins last is waited for with an idle core beside it.
 * Vitest itself orders by what it remembers of the last run, and where it remembers nothing, as in CI, by the size of
 * the files, which says little.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What took ten seconds or more of a complete run on two cores, the longest first. */
const LONGEST = [
  "bench/scenarios/scenarios.test.ts",
  "server/test/crash/crash.test.ts",
  "server/test/faults/faults.test.ts",
  "server/test/nodes/nodes.test.ts",
  "server/test/nodes/processes.test.ts",
  "server/test/keys-command.test.ts",
  "server/test/outbox/product-transactions.test.ts",
  "server/test/access-commands.test.ts",
  "server/src/db/embedded.test.ts",
  "server/test/crash/killed-in-a-recovery.test.ts",
  "server/src/core/attempts/count-attempts.test.ts",
  "server/test/signing-commands.test.ts",
  "server/test/stories/09-every-attempt-explains-itself.test.ts",
  "server/test/rotation/killed-in-a-change.test.ts",
  "bench/site/open-site.test.ts",
  "server/test/openapi/coverage.test.ts",
  "server/test/rotation/rotation.test.ts",
  "server/src/dialects/native/sessions/sessions.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`));
      return index < 0 ? LONGEST.length : index;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
