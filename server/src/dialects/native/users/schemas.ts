/** The wire shapes of users. */
import { z } from "@hono/zod-openapi";

import { PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MIN } from "../../../core/access/password-hash.ts";
import { ROLES } from "../../../core/access/roles.ts";
import {
  checkUser,
  USER_EMAIL_CHARACTERS_MAX,
  USER_NAME_CHARACTERS_MAX,
  USER_NUMBER_MAX,
} from "../../../core/users/user.ts";
import { listSchema, pageParameters } from "../pagination.ts";
import { checkedBy, isoTime } from "../schema-parts.ts";
import { tenantPathSchema } from "../tenants/schemas.ts";

const role = z.enum(ROLES).openapi({ description: "What the user may do; see the documentation of security." });
const email = z
  .string()
  .check(checkedBy((value) => checkUser({ email: value })))
  .openapi({ maxLength: USER_EMAIL_CHARACTERS_MAX, example: "ada@example.com" });
const name = z
  .string()
  .check(checkedBy((value) => checkUser({ name: value })))
  .openapi({ minLength: 1, maxLength: USER_NAME_CHARACTERS_MAX, example: "Ada" });
const number = z
  .int()
  .check(checkedBy((value) => checkUser({ number: value })))
  .openapi({ minimum: 1, maximum: USER_NUMBER_MAX, description: "A small integer of your own; never used again." });
const password = z
  .string()
  .check(checkedBy((value) => checkUser({ password: value })))
  .openapi({
    format: "password",
    minLength: PASSWORD_CHARACTERS_MIN,
    maxLength: PASSWORD_BYTES_MAX,
    description: `At least ${PASSWORD_CHARACTERS_MIN} characters, at most ${PASSWORD_BYTES_MAX} bytes of UTF-8.`,
  });

export const userSchema = z
  .strictObject({
    id: z.string().openapi({ example: "usr_5fqka2m1c39z0v8d7h4wxtnp6r" }),
    number: z.int(),
    email: z.string(),
    name: z.string(),
    role,
    hasPassword: z.boolean(),
    createdAt: isoTime,
    updatedAt: isoTime,
    lastLoginAt: isoTime.nullable(),
    disabledAt: isoTime.nullable().openapi({ description: "Since when the user cannot log in." }),
  })
  .openapi("User");

export const userListSchema = listSchema(userSchema, "UserList");

export const createUserSchema = z
  .strictObject({
    email,
    role,
    name: name.optional().openapi({ description: "The e-mail address if left out." }),
    number: number.optional(),
    password: password.optional(),
  })
  .openapi("CreateUser");

export const updateUserSchema = z
  .strictObject({
    name: name.optional(),
    role: role.optional(),
    number: number.optional(),
    disabled: z.boolean().optional().openapi({ description: "true ends all sessions of the user at once." }),
    password: password
      .nullable()
      .optional()
      .openapi({ description: "Ends all sessions of the user; null takes the password away." }),
  })
  .openapi("UpdateUser");

export const userPathSchema = tenantPathSchema.extend({ u: z.string().openapi({ description: "A user's id." }) });

export const listUsersQuerySchema = z.strictObject(pageParameters);

/** The position in the list, as a cursor carries it. */
export const userPositionSchema = z.strictObject({
  createdAt: z.iso.datetime().transform((text) => new Date(text)),
  id: z.guid(),
});
