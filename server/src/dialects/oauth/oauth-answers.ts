/** The JSON of the OAuth endpoints: refusals (RFC 6749, 5.2), and the headers that keep tokens out of caches (5.1). */
import type { Context } from "hono";

import type { PollSaying } from "../../core/device-logins/decide-device-login.ts";
import type { OAuthCode, Refusal } from "./errors.ts";
import type { OAuthEnv } from "./oauth-env.ts";

/** Beside `cache-control: no-store`, which every answer has. */
export const TOKEN_HEADERS = { pragma: "no-cache" } as const;

type WireCode = OAuthCode | Exclude<PollSaying, "tokens">;

/** 400 of every mistake: a client of RFC 8628 reads the code, and takes other statuses for a broken server. */
export function answerRefusal(c: Context<OAuthEnv>, { status, code, message, headers }: Refusal): Response {
  const isMistake = status !== 429 && status < 500;
  return answerCode(c, { code, message, headers, status: isMistake ? 400 : status });
}

export function answerCode(
  c: Context<OAuthEnv>,
  answer: {
    readonly code: WireCode;
    readonly message: string;
    readonly status?: Refusal["status"];
    readonly headers?: Refusal["headers"];
  },
): Response {
  const { code, message, status = 400, headers = {} } = answer;
  return c.json({ error: code, error_description: toDescription(message) }, status, { ...TOKEN_HEADERS, ...headers });
}

/** RFC 6749, 5.2: printable ASCII without quotes and backslashes. */
function toDescription(message: string): string {
  return message.replaceAll('"', "'").replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, "?");
}
