/**
 * The four states of a workspace, and which operations work in each. A workspace may be without advanced webhooks, may
 * never have configured them, may have switched them off, or has them on.
 */
import { createMiddleware } from "hono/factory";

import { getProfileSettings } from "../../core/profile-settings/get-profile-settings.ts";
import { notAvailable, notConfigured, switchedOff } from "./refusals.ts";
import type { VeltEnv, VeltServices } from "./velt-env.ts";

/** Sets `settings`. Throws `wrong_state` where the workspace has no advanced webhooks. */
export function requireAvailable({ context }: VeltServices) {
  return createMiddleware<VeltEnv>(async (c, next) => {
    const { actor } = c.var;
    const settings = await getProfileSettings({ context, actor, tenantId: actor.tenantId, profile: "velt" });
    if (!settings.available) throw notAvailable();
    c.set("settings", settings);
    await next();
  });
}

/** Throws `wrong_state` where they are not switched on. Call behind `requireAvailable`. */
export function requireEnabled() {
  return createMiddleware<VeltEnv>(async (c, next) => {
    const { enabled } = c.var.settings;
    if (enabled === null) throw notConfigured();
    if (!enabled) throw switchedOff();
    await next();
  });
}
