/** `select posthorn.publish(…)` beside Posthorn's tables: what it takes, what it refuses at once, and what it returns. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { scanJson } from "../../src/pipeline/publish/scan-json.ts";
import { fromNumberId, toUuidId } from "../../src/core/ids/public-id.ts";
import { deleteTenant } from "../../src/core/tenants/delete-tenant.ts";
import { DatabaseError, type Queryable } from "../../src/db/database.ts";
import { type EngineBench, openEngineBench, ROOT, type TenantBench } from "../support/engine-bench.ts";
import fc from "fast-check";

let bench: EngineBench;
let home: TenantBench;
beforeAll(async () => {
  bench = await openEngineBench();
  home = await bench.addTenant("invoice.paid", "user.created");
});
afterAll(() => bench[Symbol.asyncDispose]());

interface Publish {
  readonly tenant?: string | null;
  readonly type?: string | null;
  readonly data?: string | null;
  readonly channels?: readonly (string | null)[] | null;
  readonly key?: string | null;
  /** What the data is cast to. */
  readonly as?: "text" | "json" | "jsonb";
}

async function publish(input: Publish = {}, database: Queryable = bench.database): Promise<string> {
  const {
    tenant = home.tenant.slug,
    type = "invoice.paid",
    data = "{}",
    channels = null,
    key = null,
    as = "text",
  } = input;
  const text = `select posthorn.publish($1::text, $2::text, $3::${as}, $4::text[], $5::text) as id`;
  const [row] = await database.query<{ id: string }>({ name: `test-publish-${as}`, text }, [
    tenant,
    type,
    data,
    channels,
    key,
  ]);
  return row?.id ?? "";
}

async function readInbox(id: string): Promise<{ data: string; channels: string[] | null } | null> {
  const text = "select data, channels from inbox where id = $1::bigint";
  const rows = await bench.database.query<{ data: Uint8Array; channels: string[] | null }>(
    { name: "test-inbox", text },
    [fromNumberId("evt", id)],
  );
  const [row] = rows;
  return row === undefined ? null : { data: Buffer.from(row.data).toString(), channels: row.channels };
}

const refusal = async (input: Publish): Promise<string> => {
  try {
    return `published ${await publish(input)}`;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return error.code;
  }
};

describe("what is published", () => {
  it("waits in the inbox as the bytes that came, less the space around them", async () => {
    const data = '{ "n" : 12345678901234567890.10, "s":"\\u00e9é\\ud83d" }';
    expect(await readInbox(await publish({ data: `\n ${data}\t` }))).toEqual({ data, channels: null });
    expect((await readInbox(await publish({ data, as: "json" })))?.data).toBe(data);
    expect((await readInbox(await publish({ data: '{"b":1, "a":2}', as: "jsonb" })))?.data).toBe('{"a": 2, "b": 1}');
  });

  it("is gone when the transaction rolls back, or the savepoint", async () => {
    let lost = "";
    const rollBack = bench.database.transaction(async (transaction) => {
      lost = await publish({}, transaction);
      throw new Error("the product changed its mind");
    });
    await expect(rollBack).rejects.toThrow("changed its mind");
    const [kept, undone] = await bench.database.transaction(async (transaction) => {
      const first = await publish({}, transaction);
      await transaction.script("savepoint s");
      const second = await publish({}, transaction);
      await transaction.script("rollback to savepoint s");
      return [first, second];
    });
    expect([await readInbox(lost), await readInbox(undone ?? "")]).toEqual([null, null]);
    expect(await readInbox(kept ?? "")).not.toBeNull();
  });

  it("may name the tenant by its public id, and channels", async () => {
    const id = await publish({ tenant: toUuidId("ten", home.tenant.id), channels: ["north", "south"] });
    expect((await readInbox(id))?.channels).toEqual(["north", "south"]);
  });
});

describe("what is refused, at once", () => {
  const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  it.each<[string, Publish, string]>([
    ["an unknown tenant", { tenant: "nobody" }, "PH001"],
    ["no tenant", { tenant: null }, "PH001"],
    ["what is not a tenant's id", { tenant: `ten_${"z".repeat(26)}` }, "PH001"],
    ["an unknown type", { type: "never.heard" }, "PH002"],
    ["a type that is none", { type: "no spaces" }, "PH005"],
    ["a type with a line behind it", { type: "invoice.paid\n" }, "PH005"],
    ["a long type", { type: "a".repeat(129) }, "PH005"],
    ["no type", { type: null }, "PH005"],
    ["a byte too many", { data: `"${"x".repeat(262_143)}"` }, "PH003"],
    ["bytes too many in few letters", { data: `"${"é".repeat(131_072)}"` }, "PH003"],
    ["no data", { data: null }, "PH005"],
    ["empty data", { data: " " }, "PH005"],
    ["what is not JSON", { data: "{'a':1}" }, "PH005"],
    ["a byte order mark", { data: "\ufeff{}" }, "PH005"],
    ["a name twice", { data: '{"a":{"b":1},"c":[{"d":1,"e":{},"d":2}]}' }, "PH005"],
    ["a name twice, once escaped", { data: '{"aé":1,"\\u0061\\u00e9":2}' }, "PH005"],
    ["101 levels", { data: deep(101) }, "PH005"],
    ["100,000 levels", { data: deep(100_000) }, "PH005"],
    ["eleven channels", { channels: Array.from({ length: 11 }, (_, n) => `c${n}`) }, "PH005"],
    ["a channel with a space", { channels: ["a b"] }, "PH005"],
    ["a channel that is null", { channels: [null] }, "PH005"],
    ["a channel twice", { channels: ["a", "a"] }, "PH005"],
    ["an empty key", { key: "" }, "PH005"],
    ["a key with a line in it", { key: "a\nb" }, "PH005"],
    ["a long key", { key: "k".repeat(201) }, "PH005"],
  ])("%s", async (_what, input, code) => {
    expect(await refusal(input)).toBe(code);
  });

  it("nothing of what the bounds allow", async () => {
    const data = [
      `"${"x".repeat(262_142)}"`,
      deep(100),
      '{"a":{"a":[{"a":1},{"a":2}]},"b":"\\"a\\":[{"}',
      "null",
      '"\\u0000"',
    ];
    for (const one of data) expect((await readInbox(await publish({ data: one })))?.data).toBe(one);
  });

  it("a tenant that was deleted", async () => {
    const { tenant } = await bench.addTenant("invoice.paid");
    await deleteTenant({ context: bench.context, actor: ROOT, tenantId: tenant.id });
    expect(await refusal({ tenant: tenant.slug })).toBe("PH001");
  });

  it("what the API's scanner refuses, and nothing else", async () => {
    const name = fc.constantFrom("a", "b", "\\u0061", "\\u0000", "\\ud800", '\\"', "{", "\\\\");
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("1", '"x:"', '"\\"{"', "null"),
        tie("array"),
        tie("object"),
      ),
      array: fc.array(tie("value"), { maxLength: 3 }).map((items) => `[${items.join(" , ")}]`),
      object: fc
        .array(fc.tuple(name, tie("value")), { maxLength: 3 })
        .map((members) => `{${members.map(([key, member]) => `"${key}" : ${String(member)}`).join(",")}}`),
    }));
    await fc.assert(
      fc.asyncProperty(value.map(String), async (data) => {
        const outcome = await refusal({ data });
        expect(outcome.startsWith("published"), `${data}: ${outcome}`).toBe(scanJson(Buffer.from(data), []) === null);
      }),
      { numRuns: 150 },
    );
  });
});

describe("an idempotency key", () => {
  it("gives the first event's id again for the same event, and refuses another", async () => {
    const first = await publish({ key: "k", data: "1", channels: ["a"] });
    expect(await publish({ key: "k", data: " 1 ", channels: ["a"] })).toBe(first);
    expect(await refusal({ key: "k", data: "2", channels: ["a"] })).toBe("PH004");
    expect(await refusal({ key: "k", data: "1" })).toBe("PH004");
  });

  it("is free again when the transaction that used it rolled back, and after 24 hours", async () => {
    const rollBack = bench.database.transaction(async (transaction) => {
      await publish({ key: "r", data: "1" }, transaction);
      throw new Error("no");
    });
    await expect(rollBack).rejects.toThrow("no");
    const first = await publish({ key: "r", data: "2" });
    await bench.database.script("update publish_keys set expires_at = clock_timestamp() where key = 'r'");
    const second = await publish({ key: "r", data: "3" });
    expect(second).not.toBe(first);
  });

  it("is of its tenant alone", async () => {
    const other = await bench.addTenant("invoice.paid");
    expect(await publish({ key: "t" })).not.toBe(await publish({ key: "t", tenant: other.tenant.slug }));
  });
});
