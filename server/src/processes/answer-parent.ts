/**
 * The side of a process that serves among others: it tells its parent when it serves, answers what the parent asks,
 * and learns from it when to stop. A signal of its own stops it as well; told twice is the same as once, since a
 * terminal's Ctrl-C reaches parent and children alike.
 */
import type { Server } from "../server.ts";
import type { Asked, Told } from "./messages.ts";

export interface Parent {
  /** Resolves when this process is to stop. */
  readonly stopped: Promise<void>;
  serving(url: string | null): void;
}

export function answerParent(server: Pick<Server, "monitoring">): Parent {
  const stop = Promise.withResolvers<void>();
  process.on("message", (asked: Asked) => {
    if (asked.ask === "stop") stop.resolve();
    else void answer(server.monitoring, asked).then(tell);
  });
  process.on("SIGTERM", () => stop.resolve());
  process.on("SIGINT", () => stop.resolve());
  return { stopped: stop.promise, serving: (url) => tell({ told: "serving", url }) };
}

async function answer(
  monitoring: Server["monitoring"],
  { ask, id }: Exclude<Asked, { readonly ask: "stop" }>,
): Promise<Told> {
  if (ask === "metrics") {
    const metrics = await monitoring?.registry.getMetricsAsJSON().catch(() => null);
    return { told: "metrics", id, metrics: metrics ?? null };
  }
  const readiness = await monitoring?.checkReadiness().catch(() => null);
  return { told: "readiness", id, readiness: readiness ?? null };
}

/** A parent that is gone takes this process with it; nobody is left to tell. */
function tell(told: Told): void {
  if (process.connected) process.send?.(told, undefined, undefined, () => {});
}
