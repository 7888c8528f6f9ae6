/**
 * Rotates the secret of an endpoint again and again while two processes on one database deliver to it, and its receiver
 * changes over at a random moment inside each overlap. What both processes wrote about each attempt is then held against
 * the ends of the versions, to the millisecond.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import type { Queryable, Statement } from "../../src/db/database.ts";
import { createApiClient } from "../support/api-client.ts";
import type { TestDatabase } from "../support/database.ts";
import { startServingProcess } from "../support/start-serving-process.ts";
import { type ChangingReceiver, type RejectedRequest, startChangingReceiver } from "./changing-receiver.ts";

export interface RotationRun {
  readonly database: TestDatabase;
  readonly deliveries: number;
  readonly deliveriesASecond: number;
  readonly overlapSeconds: number;
  /** From one rotation to the next. */
  readonly everyMs: number;
}

export interface RotationReport {
  readonly rotations: number;
  readonly attempts: number;
  readonly signedByBoth: number;
  readonly rejected: readonly RejectedRequest[];
  /** Attempts that were signed by a version at or after its end, to the millisecond. */
  readonly signedAfterEnd: number;
  /** How far before its end a version signed last, of all that ended; null when none signed. */
  readonly closestToEndMs: number | null;
  /** The longest time after an activation in which a process still signed without the new version. */
  readonly latestOldMs: number;
  /** Versions of the overlap that the receiver knew at its change, in milliseconds after the rotation. */
  readonly changedAfterMs: readonly number[];
  /** Attempts by each process. */
  readonly byProcess: readonly number[];
}

/** What was signed before a rotation is on its way for at most this long: no change-over comes before it arrives. */
const ON_ITS_WAY_MS = 500;
/** A change-over is a timer of this process, which may be late; it is to come inside the overlap. */
const TIMER_SLACK_MS = 300;
const BURST_MS = 20;

export async function runRotations(run: RotationRun): Promise<RotationReport> {
  const { database } = run;
  if (database.url === null) throw new Error("two processes need a PostgreSQL server");
  await using stack = new AsyncDisposableStack();
  const rootKey = `root_${randomBytes(16).toString("hex")}`;
  const encryptionKeys = `k1:${randomBytes(32).toString("base64")}`;
  const options = { databaseUrl: database.url, rootKey, encryptionKeys };
  const servers = [stack.use(await startServingProcess(options)), stack.use(await startServingProcess(options))];
  const clients = servers.map(({ url }) => createApiClient({ baseUrl: url, token: rootKey }));
  const client = (turn: number) => {
    const one = clients[turn % clients.length];
    if (one === undefined) throw new Error("there is no process");
    return one;
  };

  await expectStatus(client(0).post("/v1/tenants", { name: "Rotating", slug: "rotating" }), 201);
  const tenant = "/v1/tenants/rotating";
  await expectStatus(client(0).put(`${tenant}/event-types/a.b`, {}), 201);
  const receiver = stack.use(await startChangingReceiver(`whsec_${randomBytes(32).toString("base64")}`));
  const endpoint = await expectStatus(
    client(0).post(`${tenant}/endpoints`, { url: receiver.url, retryWaits: [1, 1, 1], maxInFlight: 64 }),
    201,
  );
  receiver.useSecret(endpoint.secret);

  const done = new AbortController();
  const rotating = rotate({ run, receiver, done: done.signal, rotateOnce });
  try {
    const startedAt = performance.now();
    for (let sent = 0; sent < run.deliveries;) {
      const due = Math.ceil(((performance.now() - startedAt) / 1000) * run.deliveriesASecond);
      const burst = Math.min(Math.max(due - sent, 0), run.deliveries - sent);
      const events = Array.from({ length: burst }, (_, index) =>
        expectStatus(client(sent + index).post(`${tenant}/events`, { type: "a.b", data: { n: sent + index } }), 202),
      );
      await Promise.all([...events, sleep(BURST_MS)]);
      sent += burst;
    }
    await receiver.waitForEvents(run.deliveries);
  } finally {
    done.abort();
  }
  const changedAfterMs = await rotating;
  const byProcess = await Promise.all(servers.map(({ monitoringUrl }) => countAttempts(monitoringUrl)));
  // Drained: every attempt is written.
  await Promise.all(servers.map((server) => server.end("SIGTERM")));
  const signing = await readSigning(database);
  return { ...signing, rejected: receiver.rejected, changedAfterMs, byProcess };

  async function rotateOnce(turn: number): Promise<{ readonly secret: string; readonly endsAt: Date }> {
    const path = `${tenant}/endpoints/${endpoint.id}/secrets/rotate`;
    const rotated = await expectStatus(client(turn).post(path, { overlapSeconds: run.overlapSeconds }), 200);
    return { secret: rotated.secret, endsAt: new Date(rotated.overlapEndsAt) };
  }
}

async function rotate({
  run,
  receiver,
  done,
  rotateOnce,
}: {
  readonly run: RotationRun;
  readonly receiver: ChangingReceiver;
  readonly done: AbortSignal;
  readonly rotateOnce: (turn: number) => Promise<{ readonly secret: string; readonly endsAt: Date }>;
}): Promise<number[]> {
  const changedAfterMs: number[] = [];
  for (let turn = 0; !done.aborted; turn += 1) {
    const next = sleep(run.everyMs);
    const { secret, endsAt } = await rotateOnce(turn);
    const rotatedAt = Date.now();
    const leftMs = endsAt.getTime() - rotatedAt - ON_ITS_WAY_MS - TIMER_SLACK_MS;
    await sleep(ON_ITS_WAY_MS + Math.random() * leftMs);
    receiver.useSecret(secret);
    if (Date.now() >= endsAt.getTime())
      throw new Error("This machine is too slow: the change-over came after the end.");
    changedAfterMs.push(Date.now() - rotatedAt);
    await next;
  }
  return changedAfterMs;
}

async function countAttempts(monitoringUrl: string): Promise<number> {
  const text = await (await fetch(`${monitoringUrl}/metrics`)).text();
  const series = [...text.matchAll(/^posthorn_attempts_total\{.*\} (\d+)$/gm)];
  return series.reduce((sum, [, value]) => sum + Number(value), 0);
}

async function expectStatus<Answer extends { status: number; text: string; body: unknown }>(
  answering: Promise<Answer>,
  status: number,
): Promise<Answer["body"]> {
  const answer = await answering;
  if (answer.status !== status) throw new Error(`expected ${status}, not ${answer.status}: ${answer.text}`);
  return answer.body;
}

const READ_SIGNING: Statement = {
  name: "test-read-signing",
  text: `
    with attempt as (
      select id, signed_by, started_at - make_interval(secs => (timings ->> 'waitMs')::float8 / 1000) as signed_at
      from attempts
    ),
    signed as (
      select attempt.signed_at, version.expires_at
      from attempt, unnest(attempt.signed_by) as by join secret_versions version on version.number = by
    ),
    late as (
      select extract(epoch from attempt.signed_at - max(version.activated_at)) * 1000 as ms
      from attempt join secret_versions version
        on version.activated_at <= attempt.signed_at and not version.number = any (attempt.signed_by)
        and (version.expires_at is null or version.expires_at > attempt.signed_at)
      group by attempt.id, attempt.signed_at
    )
    select (select count(*) - 1 from secret_versions) as rotations,
      (select count(*) from attempts) as attempts,
      (select count(*) from attempts where cardinality(signed_by) = 2) as "signedByBoth",
      (select count(*) from signed where signed_at >= expires_at) as "signedAfterEnd",
      (select min(extract(epoch from expires_at - signed_at) * 1000)::float8 from signed where signed_at < expires_at)
        as "closestToEndMs",
      coalesce((select max(ms) from late), 0)::float8 as "latestOldMs"`,
};

type Signing = Pick<
  RotationReport,
  "rotations" | "attempts" | "signedByBoth" | "signedAfterEnd" | "closestToEndMs" | "latestOldMs"
>;

async function readSigning(database: Queryable): Promise<Signing> {
  const [row] = await database.query<Signing>(READ_SIGNING, []);
  if (row === undefined) throw new Error("The attempts could not be read.");
  return row;
}
