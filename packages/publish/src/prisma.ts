/** Publishes in an interactive transaction of Prisma. */
import { type PublishInput, toArguments } from "./publish-input.ts";
import { readEventId } from "./read-event-id.ts";

/** What `prisma.$transaction(async (tx) => …)` gives, as far as it is used here. */
export interface PrismaTransaction {
  $queryRaw(strings: TemplateStringsArray, ...values: unknown[]): PromiseLike<unknown>;
}

/** Resolves to the event's id. Throws PublishError, TypeError, and what Prisma throws. */
export async function publish(transaction: PrismaTransaction, input: PublishInput): Promise<string> {
  const [tenant, type, data, channels, key] = toArguments(input);
  return readEventId(
    () =>
      transaction.$queryRaw`select posthorn.publish(${tenant}::text, ${type}::text, ${data}::text, ${channels}::text[], ${key}::text) as id`,
  );
}
