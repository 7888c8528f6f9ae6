/** Express 4, whose handlers pass errors on themselves, and Express 5, which takes a rejected promise. */

import express5 from "express";
import express4 from "express-4";

import { verify } from "@posthorn/signing/express";

import { told } from "./adapter-driver.ts";
import type { AdapterDriver, ReceiverSetup } from "./adapter-driver.ts";
import { serve } from "./post-over-http.ts";

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
