/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export async function waitForSignal({ onSecond }: { readonly onSecond?: () => void } = {}): Promise<void> {
  await new Promise<void>((resolve) => {
    let stopping = false;
    const onSignal = (): void => {
      if (stopping) {
        onSecond?.();
        process.exit(1);
      }
      stopping = true;
      resolve();
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
