/** Reads the rows of the store statement as the outcome of each request (pure). */
import type { StoreRow } from "../../db/queries/store-rows.ts";
import type { StoredEvent, StoreOutcome, StoreRequest } from "./store-request.ts";

/** One entry for each request; `conflict` where one of its keys was taken, undefined where the rows say nothing of it. */
export function toOutcomes(
  requests: readonly StoreRequest[],
  rows: readonly StoreRow[],
): (StoreOutcome | "conflict" | undefined)[] {
  const outcomes: (StoreOutcome | "conflict" | undefined)[] = requests.map(() => undefined);
  const stored: StoredEvent[] = [];
  for (const row of rows) {
    if (row.kind === "event") stored[row.no - 1] = { id: row.id, deliveries: row.deliveries };
    else if (row.kind === "conflict") outcomes[row.no - 1] = "conflict";
    else if (row.kind === "refused") {
      outcomes[row.no - 1] = { kind: "refused", problem: row.problem, detail: row.detail };
    }
  }
  let first = 0;
  requests.forEach((request, index) => {
    const events = stored.slice(first, first + request.events.length).filter((event) => event !== undefined);
    first += request.events.length;
    if (outcomes[index] === undefined && events.length === request.events.length) {
      outcomes[index] = { kind: "stored", events };
    }
  });
  return outcomes;
}
