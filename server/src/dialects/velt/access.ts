/**
 * Says which workspace a request names and whether its caller may act there, before its body is read. A workspace is a
 * tenant. Which credentials are asked for the operation says: those of the API key, or those of the workspace.
 */
import { createMiddleware } from "hono/factory";

import { type FoundCaller, findDialectCaller } from "../../core/dialects/find-dialect-caller.ts";
import { clientAddress } from "../../http/client-address.ts";
import {
  apiKeyMissing,
  authTokenMissing,
  workspaceHeadersMissing,
  wrongApiKey,
  wrongAuthToken,
  wrongWorkspace,
} from "./refusals.ts";
import type { VeltContext, VeltEnv, VeltServices } from "./velt-env.ts";

/** Sets `actor`. Throws `validation_failed` where a header is missing, `scope_required` where one is wrong. */
export function requireApiCaller(services: VeltServices) {
  return createMiddleware<VeltEnv>(async (c, next) => {
    const key = headerOf(c, "x-velt-api-key");
    if (key === null) throw apiKeyMissing();
    const token = headerOf(c, "x-velt-auth-token");
    if (token === null) throw authTokenMissing();
    const found = await findCaller(c, services, { proof: "api", key, token });
    if (found.kind !== "actor") throw found.kind === "unknown_key" ? wrongApiKey() : wrongAuthToken();
    c.set("actor", found.actor);
    await next();
  });
}

/** As `requireApiCaller`, by the credentials of the workspace. */
export function requireWorkspaceCaller(services: VeltServices) {
  return createMiddleware<VeltEnv>(async (c, next) => {
    const key = headerOf(c, "x-velt-workspace-id");
    const token = headerOf(c, "x-velt-workspace-auth-token");
    if (key === null || token === null) throw workspaceHeadersMissing();
    const found = await findCaller(c, services, { proof: "workspace", key, token });
    if (found.kind !== "actor") throw wrongWorkspace();
    c.set("actor", found.actor);
    await next();
  });
}

function findCaller(
  c: VeltContext,
  { context, trustedProxies }: VeltServices,
  shown: { readonly proof: "api" | "workspace"; readonly key: string; readonly token: string },
): Promise<FoundCaller> {
  const address = clientAddress({
    remoteAddress: c.env.incoming.socket.remoteAddress,
    forwardedFor: c.req.header("x-forwarded-for"),
    trustedProxies,
  });
  return findDialectCaller({ context, dialect: "velt", ...shown, address, requestId: c.var.requestId });
}

/** Null when it is missing or empty. */
function headerOf(c: VeltContext, name: string): string | null {
  const value = c.req.header(name);
  return value === undefined || value === "" ? null : value;
}
