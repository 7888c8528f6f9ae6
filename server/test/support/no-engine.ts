/** For tests of core that nothing leaves: whoever asks the engine for a delivery or an answer has made a mistake. */
import type { EnginePorts } from "../../src/core/context.ts";

export const NO_ENGINE: EnginePorts = {
  wakeDispatch() {},
  sendTest: rejects,
  sendProbe: rejects,
  simulate() {
    throw missing();
  },
};

function missing(): Error {
  return new Error("there is no engine here");
}

function rejects(): Promise<never> {
  return Promise.reject(missing());
}
