/** The wire shapes of sessions. */
import { z } from "@hono/zod-openapi";

import { PASSWORD_BYTES_MAX } from "../../../core/access/password-hash.ts";
import { isoTime } from "../schema-parts.ts";
import { userSchema } from "../users/schemas.ts";

/** Enough for any that can be right; what is longer is refused before it costs anything. */
const TEXT_CHARACTERS_MAX = 320;

const pair = {
  accessToken: z.string().openapi({ description: "Send it as Authorization: Bearer.", example: "pha_…" }),
  accessExpiresAt: isoTime,
  refreshToken: z.string().openapi({ description: "Spent by one refresh; keep the next one.", example: "phr_…" }),
  refreshExpiresAt: isoTime,
};

export const sessionPairSchema = z.strictObject(pair).openapi("SessionTokens");

export const openedSessionSchema = z.strictObject({ ...pair, user: userSchema }).openapi("OpenedSession");

export const logInSchema = z
  .strictObject({
    tenant: z.string().max(TEXT_CHARACTERS_MAX).openapi({ description: "A tenant's id or slug.", example: "acme" }),
    email: z.string().max(TEXT_CHARACTERS_MAX).openapi({ example: "ada@example.com" }),
    password: z.string().max(PASSWORD_BYTES_MAX).openapi({ format: "password" }),
  })
  .openapi("LogIn");

export const refreshSessionSchema = z
  .strictObject({ refreshToken: z.string().max(TEXT_CHARACTERS_MAX) })
  .openapi("RefreshSession");
