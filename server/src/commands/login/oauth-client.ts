/** Asks a server's OAuth endpoints as the program `posthorn_cli`. */
import { z } from "zod";

import type { StoredLogin } from "./credentials.ts";

const CLIENT_ID = "posthorn_cli";
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const TIMEOUT_MS = 15_000;

const begunSchema = z.object({
  device_code: z.string(),
  // They are printed to a terminal.
  user_code: z.string().regex(/^[\w-]+$/),
  verification_uri: z.url(),
  verification_uri_complete: z.url(),
  expires_in: z.number().positive(),
  interval: z.number().positive(),
});
const tokensSchema = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  expires_in: z.number(),
  scope: z.string(),
  tenant: z.string().optional(),
});
const refusalSchema = z.object({ error: z.string(), error_description: z.string().optional() });

export type BegunLogin = z.infer<typeof begunSchema>;
export type Tokens = z.infer<typeof tokensSchema>;

export interface OAuthRefusal {
  readonly error: string;
  readonly description: string;
  readonly retryAfterSeconds: number | null;
}

export type OAuthAnswer<Value> = { readonly ok: true; readonly value: Value } | ({ readonly ok: false } & OAuthRefusal);

export function beginLogin(url: string, scope: string): Promise<OAuthAnswer<BegunLogin>> {
  return ask(url, "oauth/device_authorization", { scope }, begunSchema);
}

export function pollTokens(url: string, deviceCode: string): Promise<OAuthAnswer<Tokens>> {
  return ask(url, "oauth/token", { grant_type: DEVICE_GRANT, device_code: deviceCode }, tokensSchema);
}

export function refreshTokens(url: string, refreshToken: string): Promise<OAuthAnswer<Tokens>> {
  return ask(url, "oauth/token", { grant_type: "refresh_token", refresh_token: refreshToken }, tokensSchema);
}

export function revokeLogin({ url, refreshToken }: StoredLogin): Promise<OAuthAnswer<unknown>> {
  return ask(url, "oauth/revoke", { token: refreshToken }, z.unknown());
}

/** Rejects with a plain Error where no server is, or one that answers something else. */
async function ask<Schema extends z.ZodType>(
  url: string,
  path: string,
  fields: Readonly<Record<string, string>>,
  schema: Schema,
): Promise<OAuthAnswer<z.infer<Schema>>> {
  const to = new URL(path, url.endsWith("/") ? url : `${url}/`);
  const response = await fetch(to, {
    method: "POST",
    body: new URLSearchParams({ client_id: CLIENT_ID, ...fields }),
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new Error(`There is no server at ${to.origin}.`, { cause: error });
  });
  const text = await response.text();
  const body = parse(text);
  const value = response.ok ? schema.safeParse(body) : null;
  if (value?.success === true) return { ok: true, value: value.data };
  const refusal = refusalSchema.safeParse(body);
  if (!refusal.success) throw new Error(`The server at ${to.origin} does not know device logins (${response.status}).`);
  const { error, error_description: description = error } = refusal.data;
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  return { ok: false, error, description, retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null };
}

function parse(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
