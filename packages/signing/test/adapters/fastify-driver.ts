/** Fastify, with the webhook's route in a scope of its own beside routes that are parsed as ever. */

import { fastify as createFastify } from "fastify";

import { rawBody, verify } from "@posthorn/signing/fastify";

import { told } from "./adapter-driver.ts";
import type { AdapterDriver } from "./adapter-driver.ts";
import { overHttp } from "./post-over-http.ts";

export const fastify: AdapterDriver = {
  name: "Fastify",
  advice: /rawBody\(scope\)/,
  streams: true,
  async start(setup) {
    const app = createFastify();
    await app.register(async (scope) => {
      if (!setup.parserFirst) {
        const { maxBodyBytes } = setup.options;
        rawBody(scope, maxBodyBytes === undefined ? {} : { maxBodyBytes });
      }
      scope.post("/hooks", async (request, reply) => {
        const { maxBodyBytes: _, ...options } = setup.options;
        await told(setup, () => verify(request, options));
        return reply.code(204).send();
      });
    });
    app.post("/elsewhere", (request, reply) => reply.send({ parsed: request.body }));
    await app.listen({ port: 0, host: "127.0.0.1" });
    const elsewhere = await app.inject({ method: "POST", url: "/elsewhere", payload: { a: 1 } });
    if (elsewhere.body !== '{"parsed":{"a":1}}') throw new Error("The plugin reached beyond its scope.");
    return overHttp(app.server, () => app.close());
  },
};
