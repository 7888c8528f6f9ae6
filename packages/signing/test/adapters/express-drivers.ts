/** Express 4, whose handlers pass errors on themselves, and Express 5, which takes a rejected promise. */

import express5 from "express";

import { verify } from "@posthorn/signing/express";

import { told } from "./adapter-driver.ts";
import type { AdapterDriver, ReceiverSetup } from "./adapter-driver.ts";
import { serve } from "./post-over-http.ts";

/** The types of the two agree in what is used here, so those of 5 stand for both. */
const { default: express4 } = (await import("express-4" as string)) as { default: typeof express5 };

export const expressDrivers: readonly AdapterDriver[] = [
  { name: "Express 4", advice: /express\.json\(\)/, streams: true, start: (setup) => serve(build(express4, setup)) },
  { name: "Express 5", advice: /express\.json\(\)/, streams: true, start: (setup) => serve(build(express5, setup)) },
  {
    name: "Express 5 with express.raw() in front",
    advice: /express\.json\(\)/,
    streams: true,
    start: (setup) => serve(build(express5, setup, express5.raw({ type: "*/*", limit: "2mb" }))),
  },
];

function build(express: typeof express5, setup: ReceiverSetup, first?: express5.RequestHandler): express5.Express {
  const app = express();
  app.set("env", "test");
  if (setup.parserFirst) app.use(express.json());
  else if (first !== undefined) app.use(first);
  app.post("/hooks", (request, response, next) => {
    told(setup, () => verify(request, setup.options)).then(() => response.status(204).end(), next);
  });
  return app;
}
