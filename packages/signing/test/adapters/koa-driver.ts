/** Koa, which has no body parser of its own: the one here does what those of the ecosystem do. */

import Koa from "koa";

import { verify } from "@posthorn/signing/koa";

import { told } from "./adapter-driver.ts";
import type { AdapterDriver } from "./adapter-driver.ts";
import { serve } from "./post-over-http.ts";

export const koa: AdapterDriver = {
  name: "Koa",
  advice: /koa-bodyparser/,
  streams: true,
  start(setup) {
    const app = new Koa();
    app.silent = true;
    if (setup.parserFirst) {
      app.use(async (ctx, next) => {
        const text = Buffer.concat(await ctx.req.toArray()).toString();
        Object.assign(ctx.request, { body: JSON.parse(text) as unknown, rawBody: text });
        await next();
      });
    }
    app.use(async (ctx) => {
      await told(setup, () => verify(ctx, setup.options));
      ctx.status = 204;
    });
    const listener = app.callback();
    return serve((request, response) => void listener(request, response));
  },
};
