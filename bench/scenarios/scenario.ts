/** What a scenario is: a name for the command line, what it shows, and a story on a site that ends with figures. */
import type { Figure } from "../measure/figure.ts";
import type { Site } from "../site/open-site.ts";

export interface ScenarioOptions {
  /** Of each measured phase, or of what the scenario says it is. */
  readonly seconds: number;
  /** Rows that a loader makes, where the scenario loads any. */
  readonly rows: number;
  /** Of the one endpoint of the steady load: requests under way at once. Left out: as many as there are publishers. */
  readonly cap?: number;
  /** Everything small, for a look whether it works: figures of such a run say nothing. */
  readonly short: boolean;
}

export interface ScenarioResult {
  readonly figures: readonly Figure[];
  /** Promises beyond those of every phase that were broken; none for a run that passed. */
  readonly broken?: readonly string[];
  /** Lines for people beside the figures, such as a plan. */
  readonly notes?: readonly string[];
  /** Everything measured, as it goes into the output file. */
  readonly details: object;
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** What `--seconds` is where it is not given. */
  readonly seconds: number;
  /** What `--rows` is where it is not given; null: it loads none. */
  readonly rows: number | null;
  run(site: Site, options: ScenarioOptions): Promise<ScenarioResult>;
}
