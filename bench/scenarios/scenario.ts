/** What a scenario is: a name for the command line, what it shows, and a run that gives figures and checks. */
import type { DatabaseKind } from "../targets/bench-database.ts";

export interface ScenarioOptions {
  readonly database: DatabaseKind;
  /** Of each measured phase. */
  readonly seconds: number;
  /** Called with what is going on, for whoever watches. */
  readonly note: (line: string) => void;
}

export interface ScenarioResult {
  /** Lines for people. */
  readonly summary: readonly string[];
  /** Everything measured, as it goes into the output file. */
  readonly figures: object;
  /** Goals and promises that this run missed; none for a run that passed. */
  readonly missed: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  run(options: ScenarioOptions): Promise<ScenarioResult>;
}
