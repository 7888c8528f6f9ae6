/**
 * Who wants to hear wake-ups on this node, and how often a wake-up may be sent.
 * The first wake of a quiet time goes out at once; those that follow within the interval become one at its end, so
 * a burst of publishes costs a few NOTIFYs and the last of them is never lost.
 */

/** Long enough that a busy node sends at most 20 a second, short enough not to be felt in a delivery's time. */
export const WAKE_INTERVAL_MS = 50;

export interface WakeListeners {
  add(listener: () => void): () => void;
  /** Calls every listener. One that throws does not keep the others from being called. */
  callAll(): void;
}

export function createWakeListeners(onError: (error: unknown, doing: string) => void): WakeListeners {
  const listeners = new Set<{ readonly call: () => void }>();
  return {
    add(listener) {
      const entry = { call: listener };
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    callAll() {
      for (const entry of listeners) {
        try {
          entry.call();
        } catch (error) {
          onError(error, "calling a wake listener");
        }
      }
    },
  };
}

export interface Coalesced {
  call(): Promise<void>;
  /** Forgets a call that still waits for its turn. */
  stop(): void;
}

/** Makes `send` run at most once an interval, at its first call and, if there were more, at its end. */
export function coalesce(intervalMs: number, send: () => Promise<void>): Coalesced {
  let timer: NodeJS.Timeout | undefined;
  let asked = false;

  const closeInterval = () => {
    timer = undefined;
    if (!asked) return;
    asked = false;
    openInterval();
    void send();
  };
  const openInterval = () => {
    timer = setTimeout(closeInterval, intervalMs);
    timer.unref();
  };

  return {
    async call() {
      if (timer) {
        asked = true;
        return;
      }
      openInterval();
      await send();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      asked = false;
    },
  };
}
