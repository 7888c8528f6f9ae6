/**
 * Makes every POST with an `Idempotency-Key` repeatable (a contract can name more methods): the same credential, method,
 * path and body within 24 hours get the first answer again, with `idempotent-replayed: true`. Runs behind authentication
 * and the body reader.
 */
import { createHash } from "node:crypto";

import type { Context } from "hono";
import { createMiddleware } from "hono/factory";

import { type Actor, actorName } from "../core/access/actor.ts";
import { CoreError } from "../core/errors/core-error.ts";
import { beginRequest, type IdempotencyContext, type KeptAnswer } from "../core/idempotency/begin-request.ts";
import { finishInCommit, finishRequest } from "../core/idempotency/finish-request.ts";
import type { Queryable } from "../db/database.ts";

interface IdempotencyEnv {
  Variables: { actor: Actor; body: Uint8Array; requestId: string; keepAnswer: KeepHttpAnswer | undefined };
}

/** Keeps the answer of this request in the verb's own commit; there only when the request has an Idempotency-Key. */
export type KeepHttpAnswer = (transaction: Queryable, answer: KeptAnswer) => Promise<void>;

export const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,200}$/;
/** A scope is part of an index entry, which PostgreSQL bounds; no real path of ours comes near this. */
const PATH_CHARACTERS_MAX = 512;

/**
 * `onFault` is told when an answer that was sent could not be kept. `isExempt` names paths whose answers never are.
 * `methods` are those whose keys count.
 */
export function idempotency({
  context,
  onFault,
  isExempt = () => false,
  methods = ["POST"],
}: {
  readonly isExempt?: (path: string) => boolean;
  readonly methods?: readonly string[];
  readonly context: IdempotencyContext;
  readonly onFault: (error: unknown, requestId: string) => void;
}) {
  return createMiddleware<IdempotencyEnv>(async (c, next) => {
    const key = c.req.header("idempotency-key");
    if (!methods.includes(c.req.method) || key === undefined || isExempt(c.req.path)) return next();
    refuseMalformed(key);

    const begun = await beginRequest({
      context,
      scope: idempotencyScope(c.var.actor, c.req.method, c.req.path),
      key,
      fingerprint: createHash("sha256").update(c.var.body).digest(),
    });
    if (begun.kind === "repeated") return toResponse(begun.answer);

    const { claim } = begun;
    c.set("keepAnswer", (transaction, answer) =>
      finishInCommit({ context: { database: transaction, keyRing: context.keyRing }, claim, answer }),
    );
    await next();
    try {
      // Finds nothing to do where the verb kept its answer by itself.
      await finishRequest({ context, claim, answer: await toAnswer(c) });
    } catch (error) {
      // What was asked is done: the caller is told so. Only a repetition within the minute will be refused.
      onFault(error, c.var.requestId);
    }
    return undefined;
  });
}

/** Within which an Idempotency-Key means one request; a slash at the end of the path makes no other. */
export function idempotencyScope(actor: Actor, method: string, path: string): string {
  const bare = path.replace(/\/$/, "");
  const place = bare.length <= PATH_CHARACTERS_MAX ? bare : `sha256:${createHash("sha256").update(bare).digest("hex")}`;
  return `${actorName(actor)} ${method} ${place}`;
}

/** Throws `validation_failed` unless the key is 1 to 200 printable ASCII characters. */
export function refuseMalformed(key: string): void {
  if (IDEMPOTENCY_KEY.test(key)) return;
  const message = "An Idempotency-Key has 1 to 200 printable ASCII characters.";
  throw new CoreError("validation_failed", message, {
    problems: [{ path: "/idempotency-key", code: "invalid_format", message }],
  });
}

async function toAnswer(c: Context): Promise<KeptAnswer> {
  const body = new Uint8Array(await c.res.clone().arrayBuffer());
  return { status: c.res.status, headers: Object.fromEntries(c.res.headers), body };
}

function toResponse(answer: KeptAnswer): Response {
  const body = answer.body.length === 0 ? null : Buffer.from(answer.body);
  return new Response(body, {
    status: answer.status,
    headers: { ...answer.headers, "idempotent-replayed": "true" },
  });
}
