/**
 * The absolute URL of the request as its caller can use it: below the public URL of the server where one is set. A host
 * that the tenant registered stays: another one would be another community.
 */
import type { Context } from "hono";

import type { SelfCommunityEnv } from "./selfcommunity-env.ts";

export function linkUrl(c: Context<SelfCommunityEnv>, publicUrl: string | null): string {
  const asked = new URL(c.req.url);
  if (publicUrl === null) return asked.href;
  const base = new URL(publicUrl);
  if (c.var.byHost) {
    asked.protocol = base.protocol;
    return asked.href;
  }
  return `${base.href.replace(/\/$/, "")}${asked.pathname}${asked.search}`;
}
