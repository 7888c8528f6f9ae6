/** Sessions between the core and the wire. */
import type { z } from "@hono/zod-openapi";

import type { OpenedSession } from "../../../core/sessions/log-in.ts";
import type { SessionPair } from "../../../core/sessions/session.ts";
import { toUserAnswer } from "../users/translate.ts";
import type { openedSessionSchema, sessionPairSchema } from "./schemas.ts";

export function toSessionPairAnswer(pair: SessionPair): z.infer<typeof sessionPairSchema> {
  return {
    accessToken: pair.accessToken,
    accessExpiresAt: pair.accessExpiresAt.toISOString(),
    refreshToken: pair.refreshToken,
    refreshExpiresAt: pair.refreshExpiresAt.toISOString(),
  };
}

export function toOpenedSessionAnswer({ user, pair }: OpenedSession): z.infer<typeof openedSessionSchema> {
  return { ...toSessionPairAnswer(pair), user: toUserAnswer(user) };
}
