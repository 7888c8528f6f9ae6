/**
 * How lists page on the wire: `?limit=` and an opaque `?cursor=`, answered with `{data, nextCursor}`. A cursor is the
 * position of the last item shown (keyset, never an offset), so rows added meanwhile neither repeat nor skip any. It is
 * not signed: it only says where to go on within what the caller may read anyway.
 */
import { z } from "@hono/zod-openapi";

import { CoreError } from "../../core/errors/core-error.ts";
import { type Page, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from "../../core/pages/page.ts";

const CURSOR_CHARACTERS_MAX = 1024;

/** Spread into a list route's `z.strictObject({...})` of query parameters. */
export const pageParameters = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `Expected a number from 1 to ${PAGE_LIMIT_MAX}.`)
    .transform(Number)
    .pipe(z.number().min(1).max(PAGE_LIMIT_MAX))
    .default(PAGE_LIMIT_DEFAULT)
    .openapi({ type: "integer", minimum: 1, maximum: PAGE_LIMIT_MAX, default: PAGE_LIMIT_DEFAULT }),
  cursor: z
    .string()
    .max(CURSOR_CHARACTERS_MAX)
    .optional()
    .openapi({ description: "The nextCursor of the page before." }),
};

/** The schema of a list's answer; `name` is the component's. */
export function listSchema<Item extends z.ZodType>(item: Item, name: string) {
  return z
    .strictObject({
      data: z.array(item),
      nextCursor: z.string().nullable().openapi({ description: "Null at the end of the list." }),
    })
    .openapi(name);
}

/** The answer of a list: `toItem` translates each, the page's position becomes the cursor. */
export function toListAnswer<Item, Wire>(
  page: Page<Item, unknown>,
  toItem: (item: Item) => Wire,
): { data: Wire[]; nextCursor: string | null } {
  return { data: page.items.map(toItem), nextCursor: page.after === null ? null : encodeCursor(page.after) };
}

/** A position as an opaque text. Positions are JSON values: numbers, texts, arrays of them. */
function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/**
 * The position in a cursor, or null without one. `schema` must bound the values to what the statement can take.
 * Throws `validation_failed` at `/cursor`.
 */
export function decodeCursor<Position>(cursor: string | undefined, schema: z.ZodType<Position>): Position | null {
  if (cursor === undefined) return null;
  const position = schema.safeParse(parse(cursor));
  if (position.success) return position.data;
  const message = "This is not a cursor of this list. Use the nextCursor of the page before.";
  throw new CoreError("validation_failed", message, {
    problems: [{ path: "/cursor", code: "invalid_cursor", message }],
  });
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
