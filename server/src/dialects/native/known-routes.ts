/**
 * Refuses what no route answers before anything else is done with it: an unknown path is 404, a known path with another
 * method 405 with `Allow` (RFC 9110, 15.5.6). Reads the same declarations as the OpenAPI document.
 */
import { createMiddleware } from "hono/factory";

import { CoreError } from "../../core/errors/core-error.ts";
import { HttpError } from "../../http/http-error.ts";
import type { NativeApp, NativeEnv } from "./native-env.ts";

interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** To be called when every route is registered. */
export function requireKnownRoute(paths: readonly KnownPath[]) {
  return createMiddleware<NativeEnv>(async (c, next) => {
    const matching = paths.filter((path) => path.pattern.test(c.req.path));
    if (matching.length === 0) throw new CoreError("not_found", "There is no such path.");
    const methods = new Set(matching.flatMap((path) => [...path.methods]));
    if (!methods.has(c.req.method)) {
      const allow = [...methods].toSorted().join(", ");
      throw new HttpError("method_not_allowed", `This path takes ${allow}.`, { allow });
    }
    await next();
  });
}

/** Adds the paths of `app`'s registered routes to `paths`. Whatever can be read with GET can be asked with HEAD. */
export function collectKnownPaths(app: NativeApp, paths: KnownPath[]): void {
  const methodsByPath = new Map<string, Set<string>>();
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== "route") continue;
    const methods = methodsByPath.get(definition.route.path) ?? new Set();
    methods.add(definition.route.method.toUpperCase());
    if (definition.route.method === "get") methods.add("HEAD");
    methodsByPath.set(definition.route.path, methods);
  }
  for (const [path, methods] of methodsByPath) {
    const source = path.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+");
    paths.push({ pattern: new RegExp(`^${source}$`), methods });
  }
}

export type { KnownPath };
