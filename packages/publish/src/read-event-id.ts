/** Runs the statement and reads its one row: what the helpers of all libraries do after they have made it. */
import { toPublishError } from "./publish-error.ts";

/** Throws PublishError where Posthorn refused, and whatever else the library threw. */
export async function readEventId(run: () => PromiseLike<unknown>): Promise<string> {
  let rows: unknown;
  try {
    rows = await run();
  } catch (error) {
    throw toPublishError(error);
  }
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
  const id = typeof row === "object" && row !== null && "id" in row ? row.id : undefined;
  if (typeof id !== "string") throw new TypeError("posthorn.publish returned no id.");
  return id;
}
