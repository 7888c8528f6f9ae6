/** Users between the core and the wire. Inputs have the same shape on both sides. */
import type { z } from "@hono/zod-openapi";

import { toUuidId } from "../../../core/ids/public-id.ts";
import type { User } from "../../../core/users/user.ts";
import type { userSchema } from "./schemas.ts";

export function toUserAnswer(user: User): z.infer<typeof userSchema> {
  return {
    id: toUuidId("usr", user.id),
    number: user.number,
    email: user.email,
    name: user.name,
    role: user.role,
    hasPassword: user.hasPassword,
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
    lastLoginAt: user.lastLoginAt?.toISOString() ?? null,
    disabledAt: user.disabledAt?.toISOString() ?? null,
  };
}
