/** Waits until every delivery has ended, and notes since when nothing has been in flight. */
import type { CrashingServer } from "./start-crashing-server.ts";

const SETTLE_LIMIT_MS = 40_000;
/** Nothing recorded for so long: what waits, waits for its time. */
const QUIET_MS = 250;

export interface Recovery {
  readonly inFlightEndedMs: number;
  readonly recoveredMs: number;
  readonly violations: readonly string[];
}

/** Resolves when every delivery has ended; looks at each record. */
export async function settle(server: CrashingServer, since: number): Promise<Recovery> {
  let inFlightEndedMs: number | null = null;
  for (;;) {
    const news = nextNews(server);
    const { queued, leased } = await server.stand();
    const elapsedMs = performance.now() - since;
    inFlightEndedMs = leased > 0 ? null : (inFlightEndedMs ?? elapsedMs);
    if (queued === 0) return { inFlightEndedMs: inFlightEndedMs ?? elapsedMs, recoveredMs: elapsedMs, violations: [] };
    if (elapsedMs > SETTLE_LIMIT_MS) {
      const violations = [`${queued} deliveries did not end, of them in flight: ${leased}`];
      return { inFlightEndedMs: inFlightEndedMs ?? elapsedMs, recoveredMs: elapsedMs, violations };
    }
    await news;
  }
}

/** Resolves at the next record, or after a moment without one. */
function nextNews(server: CrashingServer): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stopListening();
      resolve();
    };
    const timer = setTimeout(end, QUIET_MS);
    const stopListening = server.onTold(({ told }) => {
      if (told === "recorded") end();
    });
  });
}
