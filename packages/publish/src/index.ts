/** What the helpers of all libraries share. The helpers are `@posthorn/publish/pg`, `kysely`, `drizzle` and `prisma`. */
export { PublishError, type PublishErrorCode } from "./publish-error.ts";
export type { PublishInput } from "./publish-input.ts";
