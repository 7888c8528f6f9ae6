/** Every scenario, in the order of the help text. A new one is a file beside this and a line here. */
import type { Scenario } from "./scenario.ts";
import { steady } from "./steady.ts";

export const scenarios: readonly Scenario[] = [steady];
