/** The companion's side of `companion.ts`: answers calls by name, and ends when the run's process is gone. */
import type { CallMessage, ReplyMessage } from "./companion.ts";

export function answerCalls(calls: object): void {
  const byName = calls as Record<string, ((input: unknown) => unknown) | undefined>;
  const reply = (message: ReplyMessage): void => void process.send?.(message);
  process.on("message", ({ id, name, input }: CallMessage) => {
    Promise.resolve(input)
      .then((given) => byName[name]?.(given))
      .then(
        (result) => reply({ id, result }),
        (error: unknown) =>
          reply({ id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
  });
  process.once("disconnect", () => process.exit(0));
}
