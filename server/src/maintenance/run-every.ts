/**
 * The loop around every recurring task: runs it, waits, runs it again, until it is stopped. One failure is reported
 * and the loop goes on; two runs never overlap. The first wait is drawn, so that nodes started together spread out.
 */

export interface RecurringTask {
  readonly name: string;
  /** From the end of one run to the start of the next; asked again after each run where it changes. */
  readonly intervalMs: number | (() => number);
  readonly runOnce: () => Promise<unknown>;
}

export interface RunningTask extends AsyncDisposable {
  readonly name: string;
}

export function runEvery(
  task: RecurringTask,
  surroundings: { readonly random: () => number; readonly onError: (error: unknown, name: string) => void },
): RunningTask {
  let stopped = false;
  let stopWaiting = (): void => {};
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      stopWaiting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const intervalMs = (): number => (typeof task.intervalMs === "number" ? task.intervalMs : task.intervalMs());
  const loop = async (): Promise<void> => {
    await wait(intervalMs() * surroundings.random());
    while (!stopped) {
      try {
        await task.runOnce();
      } catch (error) {
        if (!stopped) surroundings.onError(error, task.name);
      }
      if (!stopped) await wait(intervalMs());
    }
  };
  const ended = loop();
  return {
    name: task.name,
    async [Symbol.asyncDispose]() {
      stopped = true;
      stopWaiting();
      await ended;
    },
  };
}
