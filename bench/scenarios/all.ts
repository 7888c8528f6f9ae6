/** Every scenario, in the order of the help text. A new one is a file beside this and a line here. */
import { backlog } from "./backlog.ts";
import { badNeighbours } from "./bad-neighbours.ts";
import { batch } from "./batch.ts";
import { cost } from "./cost.ts";
import { failingAnswers } from "./failing-answers.ts";
import { fanOut } from "./fan-out.ts";
import { latency } from "./latency.ts";
import { manyTenants } from "./many-tenants.ts";
import { outage } from "./outage.ts";
import { rateLimited } from "./rate-limited.ts";
import { rotation } from "./rotation.ts";
import type { Scenario } from "./scenario.ts";
import { soak } from "./soak.ts";
import { steady } from "./steady.ts";
import { stored } from "./stored.ts";
import { traced } from "./traced.ts";

export const scenarios: readonly Scenario[] = [
  steady,
  latency,
  batch,
  fanOut,
  manyTenants,
  badNeighbours,
  backlog,
  outage,
  rateLimited,
  failingAnswers,
  rotation,
  stored,
  soak,
  cost,
  traced,
];
