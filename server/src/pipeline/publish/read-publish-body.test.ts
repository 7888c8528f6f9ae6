import { expect, test } from "vitest";

import { readBatchBody, readPublishBody } from "./read-publish-body.ts";
import type { PublishBody } from "./read-publish-body.ts";

const single = (text: string) => readPublishBody(Buffer.from(text));
const batch = (text: string) => readBatchBody(Buffer.from(text));
const mistakes = (body: PublishBody) =>
  body.kind === "refused" ? body.problems.map(({ path, code }) => `${path} ${code}`) : [];

function dataOf(text: string): string {
  const body = single(text);
  if (body.kind === "refused") throw new Error(JSON.stringify(body.problems));
  const [event] = body.events;
  return Buffer.from(text).subarray(event?.dataStart, event?.dataEnd).toString("utf8");
}

test("data keeps its spacing, key order, escapes and numbers", () => {
  const data = '{ "b" :\t12345678901234567890.10 ,"a":"\\u00e9é\\/" , "é" : [ ] }';
  expect(dataOf(`{"type":"a.b", "data" : ${data} \n}`)).toBe(data);
});

test.each(["{}", '"a string"', "0", "null", "true", "[1]", '""'])("data may be %s", (data) => {
  expect(dataOf(`{"data":${data},"type":"a"}`)).toBe(data);
});

test("type, channels and id are decoded", () => {
  const body = single(
    '{"id":"o\\u0072der-1","channels":["eu\\u002d1","b"],"t\\u0079pe":"invoice\\u002epaid","data":1}',
  );
  expect(body).toMatchObject({
    kind: "events",
    events: [{ type: "invoice.paid", channels: ["eu-1", "b"], id: "order-1" }],
  });
});

test("absent channels and id are null", () => {
  expect(single('{"type":"a","data":1}')).toMatchObject({ events: [{ channels: null, id: null }] });
});

test("262,144 bytes of data pass and one more is too large", () => {
  const body = (bytes: number) => `{"type":"a","data":"${"x".repeat(bytes - 2)}"}`;
  expect(single(body(262_144)).kind).toBe("events");
  expect(mistakes(single(body(262_145)))).toEqual(["/data data_too_large"]);
});

test.each([
  ['{"data":1}', "/type missing_member"],
  ['{"type":"a"}', "/data missing_member"],
  ['{"type":1,"data":1}', "/type wrong_type"],
  ['{"type":null,"data":1}', "/type wrong_type"],
  ['{"type":"","data":1}', "/type type_malformed"],
  ['{"type":"a..b","data":1}', "/type type_malformed"],
  ['{"type":"a.b\\n","data":1}', "/type type_malformed"],
  [`{"type":"${"a".repeat(129)}","data":1}`, "/type type_malformed"],
  [`{"type":"${"a".repeat(9999)}","data":1}`, "/type type_malformed"],
  ['{"type":"a","data":1,"channels":"x"}', "/channels wrong_type"],
  ['{"type":"a","data":1,"channels":null}', "/channels wrong_type"],
  ['{"type":"a","data":1,"channels":["x",2]}', "/channels/1 wrong_type"],
  ['{"type":"a","data":1,"channels":["x y"]}', "/channels/0 channel_malformed"],
  ['{"type":"a","data":1,"channels":["x","\\u0078"]}', "/channels/1 repeated_channel"],
  ['{"type":"a","data":1,"channels":["1","2","3","4","5","6","7","8","9","10","11"]}', "/channels too_many_channels"],
  ['{"type":"a","data":1,"id":7}', "/id wrong_type"],
  ['{"type":"a","data":1,"id":""}', "/id id_malformed"],
  ['{"type":"a","data":1,"id":"two words"}', "/id id_malformed"],
  [`{"type":"a","data":1,"id":"${"i".repeat(201)}"}`, "/id id_malformed"],
  ['{"type":"a","data":1,"payload/2":1}', "/payload~12 unknown_member"],
  ["[]", " wrong_type"],
  ['"text"', " wrong_type"],
  ["", " malformed_json"],
  ['{"type":"a","data":{"n":01}}', "/data/n malformed_json"],
  ['{"type":"a","type":"a","data":1}', "/type duplicate_member"],
  ['{"type":"a","data":{"x":[{"y":1,"y":1}]}}', "/data/x/0/y duplicate_member"],
])("%s is refused with %s", (text, mistake) => {
  expect(mistakes(single(text))).toEqual([mistake]);
});

test("every bound passes when it is met exactly", () => {
  const channels = Array.from({ length: 10 }, (_, i) => `${i}`.padStart(128, "c"));
  const body = { type: "t".repeat(128), data: 0, channels, id: "i".repeat(200) };
  expect(single(JSON.stringify(body)).kind).toBe("events");
  const escaped = [...body.type].map(() => "\\u0074").join("");
  expect(single(`{"type":"${escaped}","data":0}`)).toMatchObject({ events: [{ type: body.type }] });
});

test("all mistakes of an event are listed, in its order", () => {
  expect(mistakes(single('{"type":"a b","extra":1,"id":" "}'))).toEqual([
    "/type type_malformed",
    "/extra unknown_member",
    "/id id_malformed",
    "/data missing_member",
  ]);
});

test("a body of 40,000 unknown members is answered with 20 problems", () => {
  const body = `{${Array.from({ length: 40_000 }, (_, i) => `"k${i}":0`).join()}}`;
  expect(mistakes(single(body))).toHaveLength(20);
  expect(mistakes(batch(body)).length).toBeLessThanOrEqual(20);
});

test("a problem's message never repeats a value of the body", () => {
  const body = single('{"type":"secret value","data":1,"channels":["other secret"],"id":"third secret"}');
  expect(JSON.stringify(body)).not.toContain("secret");
});

test("a batch gives each event with the span of its own data", () => {
  const text = '{ "events" : [ {"type":"a","data": {"n":1} } , {"data":[ 2 ],"type":"b","id":"x"} ] }';
  const body = batch(text);
  if (body.kind === "refused") throw new Error(JSON.stringify(body.problems));
  const seen = body.events.map(({ type, dataStart, dataEnd, id }) => [type, text.slice(dataStart, dataEnd), id]);
  expect(seen).toEqual([
    ["a", '{"n":1}', null],
    ["b", "[ 2 ]", "x"],
  ]);
});

const events = (count: number) => `{"events":[${Array.from({ length: count }, () => '{"type":"a","data":1}').join()}]}`;

test("a batch of 100 passes, of 101 or none does not", () => {
  expect(batch(events(100))).toMatchObject({ kind: "events" });
  expect(mistakes(batch(events(101)))).toEqual(["/events too_many_events"]);
  expect(mistakes(batch(events(0)))).toEqual(["/events empty_batch"]);
});

test.each([
  ["{}", "/events missing_member"],
  ['{"events":{}}', "/events wrong_type"],
  ['{"events":[1]}', "/events/0 wrong_type"],
  ['{"events":[{"type":"a","data":1},{"data":1}]}', "/events/1/type missing_member"],
  ['{"events":[{"type":"a","data":1}],"atomic":true}', "/atomic unknown_member"],
  ['{"events":[{"type":"a","data":1,"id":"x"},{"type":"a","data":1,"id":"x"}]}', "/events/1/id repeated_id"],
])("the batch %s is refused with %s", (text, mistake) => {
  expect(mistakes(batch(text))).toEqual([mistake]);
});
