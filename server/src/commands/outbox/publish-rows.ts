/**
 * Publishes rows of one tenant's outbox over Posthorn's API, as one batch. Each event has its row's id, so that a batch
 * whose answer was lost is published again without a second event. A batch that is refused is published row by row, to
 * find which of them it was for.
 */
import type { OutboxRow } from "../../db/queries/lock-outbox.ts";
import type { OutboxRefusal } from "../../db/queries/settle-outbox.ts";

export interface PublishedRows {
  readonly taken: readonly number[];
  readonly refused: readonly OutboxRefusal[];
  /** Why the others are to be published later; null when there are none. */
  readonly trouble: { readonly why: string; readonly waitMs: number | null } | null;
}

export interface PosthornAddress {
  readonly url: string;
  readonly key: string;
}

/** One round: below the 10 s that the outbox's database lets a transaction wait. */
const ROUND_MS = 9_000;
/** Rows are published one by one until then; the rest is for the next round, so that what was reached is kept. */
const ONE_BY_ONE_MS = 5_000;
const MAX_DETAIL = 500;
/**
 * What is wrong with the event and will be again. Any other answer is of the way there (an address that is not
 * Posthorn's, a key that was revoked, a server that is full): then the event waits.
 */
const FINAL: ReadonlySet<string> = new Set([
  "not_found",
  "validation_failed",
  "malformed_json",
  "data_too_large",
  "event_type_unknown",
  "event_id_reused",
]);

export interface Round {
  readonly to: PosthornAddress;
  /** Of the monotonic clock. */
  readonly nowMs: () => number;
  readonly startedMs: number;
}

/** Never throws. Rows that are in neither list are to be published again. */
export async function publishRows(rows: readonly OutboxRow[], round: Round): Promise<PublishedRows> {
  const answer = await post(rows, round);
  const [only] = rows;
  switch (answer.kind) {
    case "taken":
      return { taken: rows.map(({ number }) => number), refused: [], trouble: null };
    case "trouble":
      return { taken: [], refused: [], trouble: answer };
    case "refused": {
      if (only === undefined || rows.length > 1) return publishOneByOne(rows, round);
      const { problem, detail } = answer;
      return { taken: [], refused: [{ number: only.number, problem, detail }], trouble: null };
    }
  }
}

async function publishOneByOne(rows: readonly OutboxRow[], round: Round): Promise<PublishedRows> {
  const taken: number[] = [];
  const refused: OutboxRefusal[] = [];
  for (const row of rows) {
    if (taken.length + refused.length > 0 && round.nowMs() - round.startedMs > ONE_BY_ONE_MS) break;
    const one = await publishRows([row], round);
    taken.push(...one.taken);
    refused.push(...one.refused);
    if (one.trouble !== null) return { taken, refused, trouble: one.trouble };
  }
  return { taken, refused, trouble: null };
}

type Answer =
  | { readonly kind: "taken" }
  | { readonly kind: "refused"; readonly problem: string; readonly detail: string }
  | { readonly kind: "trouble"; readonly why: string; readonly waitMs: number | null };

async function post(rows: readonly OutboxRow[], { to: { url, key }, nowMs, startedMs }: Round): Promise<Answer> {
  const tenant = encodeURIComponent(rows[0]?.tenant ?? "");
  try {
    const response = await fetch(new URL(`/v1/tenants/${tenant}/events/batch`, url), {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: toBody(rows),
      redirect: "manual",
      signal: AbortSignal.timeout(Math.max(0, Math.round(startedMs + ROUND_MS - nowMs()))),
    });
    const text = await response.text();
    if (response.status === 202) return { kind: "taken" };
    const { code, detail } = readProblem(text);
    if (FINAL.has(code)) return { kind: "refused", problem: code, detail: detail.slice(0, MAX_DETAIL) };
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    const why = `Posthorn answered ${response.status} ${code}`.trimEnd();
    return { kind: "trouble", why, waitMs: Number.isFinite(seconds) ? seconds * 1_000 : null };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    const name = error instanceof Error ? error.name : "";
    return { kind: "trouble", why: `Posthorn is not reached: ${cause?.code ?? name}`, waitMs: null };
  }
}

/** The data goes in as it is: nothing of it is parsed and printed again. */
function toBody(rows: readonly OutboxRow[]): Uint8Array<ArrayBuffer> {
  const parts = rows.flatMap(({ id, type, channels, data }, index) => {
    const members = JSON.stringify({ id, type, ...(channels === null ? {} : { channels }) }).slice(0, -1);
    return [Buffer.from(`${index === 0 ? '{"events":[' : ","}${members},"data":`), data, Buffer.from("}")];
  });
  return Buffer.concat([...parts, Buffer.from("]}")]);
}

function readProblem(text: string): { readonly code: string; readonly detail: string } {
  try {
    const { code, detail } = JSON.parse(text) as { readonly code?: unknown; readonly detail?: unknown };
    return { code: typeof code === "string" ? code : "", detail: typeof detail === "string" ? detail : "" };
  } catch {
    return { code: "", detail: "" };
  }
}
