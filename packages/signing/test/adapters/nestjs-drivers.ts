/**
 * NestJS on Express, with the bytes captured by the adapter's middleware or by Nest itself. Decorators are applied by
 * hand: this project's TypeScript runs with its types stripped, which leaves no decorators.
 */

import { Controller, HttpCode, Module, Post, Req } from "@nestjs/common";
import type { INestApplication } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { Server } from "node:http";

import { captureRawBody, verify } from "@posthorn/signing/nestjs";

import { told } from "./adapter-driver.ts";
import type { AdapterDriver, ReceiverSetup } from "./adapter-driver.ts";
import { overHttp } from "./post-over-http.ts";

const advice = /captureRawBody\(\)/;

export const nestDrivers: readonly AdapterDriver[] = [
  {
    name: "NestJS with captureRawBody",
    advice,
    streams: true,
    async start(setup) {
      const app = await NestFactory.create(toModule(setup), { logger: false });
      const { maxBodyBytes } = setup.options;
      if (!setup.parserFirst) app.use("/hooks", captureRawBody(maxBodyBytes === undefined ? {} : { maxBodyBytes }));
      return listen(app);
    },
  },
  {
    name: "NestJS with rawBody",
    advice,
    streams: true,
    bound: 100 * 1024,
    async start(setup) {
      const app = await NestFactory.create(toModule(setup), { logger: false, rawBody: !setup.parserFirst });
      return listen(app);
    },
  },
];

function toModule(setup: ReceiverSetup): new () => object {
  class HooksController {
    async receive(request: Parameters<typeof verify>[0]): Promise<void> {
      const { maxBodyBytes: _, ...options } = setup.options;
      await told(setup, () => verify(request, options));
    }
  }
  const receive = Object.getOwnPropertyDescriptor(HooksController.prototype, "receive");
  if (receive === undefined) throw new Error("The method is gone.");
  Post()(HooksController.prototype, "receive", receive);
  HttpCode(204)(HooksController.prototype, "receive", receive);
  Req()(HooksController.prototype, "receive", 0);
  Controller("hooks")(HooksController);

  class AppModule {
    readonly name = "hooks";
  }
  Module({ controllers: [HooksController] })(AppModule);
  return AppModule;
}

async function listen(app: INestApplication) {
  await app.listen(0, "127.0.0.1");
  return overHttp(app.getHttpServer() as Server, () => app.close());
}
