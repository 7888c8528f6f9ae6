/** The versions of endpoints now: what a delivery held for long asks before it is signed. */
import type { Queryable, Statement } from "../database.ts";

const statement: Statement = {
  name: "find-endpoint-versions",
  text: "select id, version from endpoints where id = any ($1::uuid[])",
};

export async function findEndpointVersions(
  database: Queryable,
  endpointIds: readonly string[],
): Promise<{ id: string; version: number }[]> {
  return database.query<{ id: string; version: number }>(statement, [endpointIds]);
}
