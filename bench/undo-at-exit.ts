/**
 * What a run starts (servers, clusters, directories) outlives a run that is interrupted, unless it is undone on the way
 * out. Disposal in order is the rule; this is for the ends that run no disposal.
 */

/** Returns the function that undoes now, once, however often it is called. `undo` is synchronous and does not throw. */
export function undoAtExit(undo: () => void): () => void {
  const once = (): void => {
    process.off("exit", once);
    undo();
  };
  process.once("exit", once);
  return once;
}

/** Makes the signals that interrupt a run end it as `process.exit` does, so that everything is undone. */
export function exitOnSignals(): void {
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
}
