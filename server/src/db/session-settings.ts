/**
 * The settings of every session, the same on both databases. Values come in one written form (dates, intervals, bytes),
 * and plans stay good: a statement is planned once a connection, often while its tables are still empty, and a plan that
 * reads a whole table would be kept when the table has grown. So whole tables are not read where an index will do. An
 * index may still be read as a whole, which some need; where that would read again and again what vacuum has not yet
 * taken from the hot table, the statement says so itself (`leased_by_node`, or `coalesce(lease, 0)` beside a key).
 */
export const SESSION_SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ["timezone", "UTC"],
  ["datestyle", "ISO"],
  ["intervalstyle", "iso_8601"],
  ["bytea_output", "hex"],
  // Where the tables are. By default the schema named like the role comes first, and there is one named posthorn.
  ["search_path", "public"],
  ["enable_seqscan", "off"],
  // Near the price of a page read in order, as on any disk without a moving head, or in memory.
  ["random_page_cost", "1.1"],
  // A plan without a way around a whole table is priced so high that it would be compiled: seconds for milliseconds.
  ["jit", "off"],
];
