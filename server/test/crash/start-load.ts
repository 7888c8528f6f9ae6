/**
 * The publishers of a round: so many at once, each publishing again as soon as it is answered, with an id of its own on
 * each event, so that whoever got no answer can ask again and be told. Beside them somebody resends what has ended.
 * Notes what was answered; knows nothing of what the server did.
 *
 * Patient publishers, of tests in which a server is expected to come back, ask again until they are answered.
 */
import type { CrashEventType } from "./crash-tenant.ts";

export interface Publish {
  readonly events: readonly { readonly id: string; readonly type: CrashEventType }[];
  readonly isBatch: boolean;
  /** Public ids of the stored events, in order; none where the answer was cut off; null until it was answered 2xx. */
  answered: readonly string[] | null;
  /** Milliseconds since 1970 when it was first sent. */
  readonly sentAtMs?: number;
}

export interface Resend {
  /** The public id of the delivery. */
  readonly deliveryId: string;
  readonly outcome: "accepted" | "refused" | "unanswered";
}

export interface Load {
  readonly publishes: readonly Publish[];
  readonly resends: readonly Resend[];
  /** Answers to publishes that were neither 2xx nor cut off. */
  readonly refusals: readonly number[];
  /** How often no answer came. */
  readonly unanswered: number;
  /** The longest that a publisher waited for one answer, or for the lack of it. */
  readonly longestMs: number;
  /** How many publishes are answered. */
  readonly answers: number;
  /** Resolves when so many publishes are answered in all. */
  waitForAnswers(count: number): Promise<void>;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** Where servers listen. One that does not answer is not asked again. */
  readonly urls: readonly string[];
  readonly tenantPath: string;
  readonly rootKey: string;
  readonly publishers: number;
  /** Set: publishers ask again, and pause for this long between two requests. Nothing is resent. */
  readonly patientMs?: number;
}

/** One publish in so many is a batch, one event in so many of the type that makes trouble. */
const BATCH_EVERY = 8;
const BATCH_EVENTS = 3;
const TROUBLE_EVERY = 8;

/** Patient publishers give one request this long: longer than a server may need to refuse it. */
const PATIENCE_MS = 30_000;

export function startLoad({ urls, tenantPath, rootKey, publishers, patientMs }: LoadOptions): Load {
  const publishes: Publish[] = [];
  const resends: Resend[] = [];
  const refusals: number[] = [];
  const alive = new Set(urls);
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  let answered = 0;
  let events = 0;
  let unanswered = 0;
  let longestMs = 0;
  let isStopped = false;

  const next = (): Publish => {
    const isBatch = publishes.length % BATCH_EVERY === BATCH_EVERY - 1;
    const publish: Publish = {
      events: Array.from({ length: isBatch ? BATCH_EVENTS : 1 }, () => {
        events += 1;
        return { id: `event-${events}`, type: events % TROUBLE_EVERY === 0 ? "order.failed" : "order.paid" };
      }),
      isBatch,
      answered: null,
      sentAtMs: Date.now(),
    };
    publishes.push(publish);
    return publish;
  };
  const noteAnswer = (publish: Publish, outcome: readonly string[]): void => {
    publish.answered = outcome;
    answered += 1;
    for (const waiter of waiting) if (answered >= waiter.count) waiter.resolve();
  };
  const publishInTurn = async (no: number): Promise<void> => {
    for (let turn = no; !isStopped && alive.size > 0; turn += 1) {
      const url = [...alive][turn % alive.size] ?? "";
      const publish = next();
      const outcome = await sendPublish({ url, tenantPath, rootKey }, publish);
      if (typeof outcome === "number") refusals.push(outcome);
      if (outcome === null || typeof outcome === "number") {
        alive.delete(url);
        continue;
      }
      noteAnswer(publish, outcome);
    }
  };
  const publishPatiently = async (no: number, pauseMs: number): Promise<void> => {
    let publish: Publish | null = null;
    for (let turn = no; !isStopped; turn += 1) {
      publish ??= next();
      const sentAt = performance.now();
      const target = { url: urls[turn % urls.length] ?? "", tenantPath, rootKey, timeoutMs: PATIENCE_MS };
      const outcome = await sendPublish(target, publish);
      longestMs = Math.max(longestMs, performance.now() - sentAt);
      if (typeof outcome === "number") refusals.push(outcome);
      else if (outcome === null) unanswered += 1;
      else {
        noteAnswer(publish, outcome);
        publish = null;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const resendInTurn = async (): Promise<void> => {
    const done = new Set<string>();
    while (!isStopped) {
      const [url] = alive;
      if (url === undefined) return;
      const ended = await listEnded({ url, tenantPath, rootKey });
      if (ended === null) return;
      for (const deliveryId of ended.filter((id) => !done.has(id))) {
        if (isStopped) return;
        done.add(deliveryId);
        const outcome = await sendResend({ url, tenantPath, rootKey }, deliveryId);
        resends.push({ deliveryId, outcome });
        if (outcome === "unanswered") return;
      }
    }
  };
  const running =
    patientMs === undefined
      ? [...Array.from({ length: publishers }, (_, no) => publishInTurn(no)), resendInTurn()]
      : Array.from({ length: publishers }, (_, no) => publishPatiently(no, patientMs));
  return {
    publishes,
    resends,
    refusals,
    get unanswered() {
      return unanswered;
    },
    get longestMs() {
      return longestMs;
    },
    get answers() {
      return answered;
    },
    async waitForAnswers(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiter = { count, resolve };
      waiting.add(waiter);
      if (answered >= count) resolve();
      await promise;
      waiting.delete(waiter);
    },
    async stop() {
      isStopped = true;
      await Promise.all(running);
    },
  };
}

interface Target {
  readonly url: string;
  readonly tenantPath: string;
  readonly rootKey: string;
  /** How long an answer may take; as long as it likes where none is set. */
  readonly timeoutMs?: number;
}

/**
 * Resolves to the public ids of the events where it was answered 2xx, to the status where it was refused, to null where
 * the connection was lost. The same publish sent twice is one.
 */
export async function sendPublish(
  target: Target,
  { events, isBatch }: Publish,
): Promise<readonly string[] | number | null> {
  const bodies = events.map(({ id, type }) => `{"id":"${id}","type":"${type}","data":{"of":"${id}"}}`);
  const answer = await post(
    target,
    isBatch ? "/events/batch" : "/events",
    isBatch ? `{"events":[${bodies.join(",")}]}` : (bodies[0] ?? ""),
    isBatch ? { "idempotency-key": `batch-${events[0]?.id}` } : {},
  );
  if (answer === null) return null;
  if (!answer.ok) return answer.status;
  if (answer.body === null) return [];
  const stored = isBatch ? (answer.body["events"] as { id: string }[]) : [answer.body as { id: string }];
  return stored.map(({ id }) => id);
}

async function sendResend(target: Target, deliveryId: string): Promise<Resend["outcome"]> {
  const answer = await post(target, `/deliveries/${deliveryId}/resend`, "");
  if (answer === null || answer.status >= 500) return "unanswered";
  return answer.ok ? "accepted" : "refused";
}

async function listEnded({ url, tenantPath, rootKey }: Target): Promise<string[] | null> {
  try {
    const response = await fetch(new URL(`${tenantPath}/deliveries?limit=100`, url), {
      headers: { authorization: `Bearer ${rootKey}` },
    });
    const { data } = (await response.json()) as { data: { id: string; state: string }[] };
    return data.filter(({ state }) => state === "succeeded" || state === "exhausted").map(({ id }) => id);
  } catch {
    return null;
  }
}

/** Null when the connection was lost before an answer came. */
async function post(
  { url, tenantPath, rootKey, timeoutMs }: Target,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ ok: boolean; status: number; body: Record<string, unknown> | null } | null> {
  try {
    const { ok, status, ...response } = await fetchText(new URL(tenantPath + path, url), {
      method: "POST",
      headers: { authorization: `Bearer ${rootKey}`, "content-type": "application/json", ...headers },
      body,
      ...(timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
    });
    return { ok, status, body: response.text === null ? null : (JSON.parse(response.text) as Record<string, unknown>) };
  } catch {
    return null;
  }
}

/** The text is null where the connection was lost after the status. */
async function fetchText(url: URL, init: RequestInit): Promise<{ ok: boolean; status: number; text: string | null }> {
  const response = await fetch(url, init);
  return { ok: response.ok, status: response.status, text: await response.text().catch(() => null) };
}
