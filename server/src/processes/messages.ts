/** What the processes of one `serve` say to each other, over the channel that the parent opened. */
import type { Readiness } from "../monitoring/check-readiness.ts";
import type { MeasuredSeries } from "../monitoring/join-metrics.ts";

/** From the parent. */
export type Asked = { readonly ask: "metrics" | "readiness"; readonly id: number } | { readonly ask: "stop" };

/** From a process that serves. */
export type Told =
  | { readonly told: "serving"; readonly url: string | null }
  | { readonly told: "metrics"; readonly id: number; readonly metrics: MeasuredSeries | null }
  | { readonly told: "readiness"; readonly id: number; readonly readiness: Readiness | null };
