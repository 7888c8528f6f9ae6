/** Dialects to the wire, and their names from the path. */
import type { z } from "@hono/zod-openapi";

import { type Dialect, type DialectName, isDialectName } from "../../../core/dialects/dialect.ts";
import { CoreError } from "../../../core/errors/core-error.ts";
import type { dialectSchema } from "./schemas.ts";

export function toDialectAnswer(dialect: Dialect): z.infer<typeof dialectSchema> {
  return {
    name: dialect.name,
    hosts: [...dialect.hosts],
    apiKey: dialect.apiKey,
    workspaceId: dialect.workspaceId,
    available: dialect.available,
    createdAt: dialect.createdAt.toISOString(),
    updatedAt: dialect.updatedAt.toISOString(),
  };
}

/** Throws `not_found`. */
export function requireDialectName(text: string): DialectName {
  if (!isDialectName(text)) throw new CoreError("not_found", "There is no such dialect.");
  return text;
}
