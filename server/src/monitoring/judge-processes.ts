/**
 * Whether a node of several processes should be sent work. Callers reach any process that serves, so each of them must
 * be ready; one that is starting anew gets no callers and holds nothing up. Each says for itself what is wrong.
 */
import type { Check, Readiness } from "./check-readiness.ts";

export interface JudgedProcess {
  readonly process: number;
  readonly isServing: boolean;
  /** null: it serves and did not say in time. */
  readonly readiness: Readiness | null;
}

export interface NodeReadiness {
  readonly status: "ready" | "not_ready";
  readonly processes: readonly {
    readonly process: number;
    readonly status: "ready" | "not_ready" | "starting" | "silent";
    readonly checks?: Readonly<Record<string, Check>>;
  }[];
}

export function judgeProcesses(processes: readonly JudgedProcess[]): NodeReadiness {
  const judged = processes.map(({ process, isServing, readiness }) => {
    if (!isServing) return { process, status: "starting" as const };
    if (readiness === null) return { process, status: "silent" as const };
    return { process, ...readiness };
  });
  const serving = judged.filter(({ status }) => status !== "starting");
  const isReady = serving.length > 0 && serving.every(({ status }) => status === "ready");
  return { status: isReady ? "ready" : "not_ready", processes: judged };
}
