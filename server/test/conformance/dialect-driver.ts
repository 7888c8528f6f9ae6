/**
 * What the common stories need of a dialect, in the core's words. A driver speaks its dialect over HTTP and nothing
 * else; stories that its contract has no words for are not told through it.
 */
import type { ReceivedRequest } from "../../../devkit/receivers/start-receiver.ts";
import type { TestServer } from "../support/start-server.ts";

export interface DialectDriver {
  readonly name: string;
  /** Two event types that the dialect knows. */
  readonly types: readonly [string, string];
  /** Between tries, in seconds, without jitter. */
  readonly waitsSeconds: readonly number[];
  readonly knows: {
    /** An endpoint can be paused and keeps what waits. */
    readonly pause: boolean;
    readonly test: boolean;
    /** An endpoint can be turned off and loses what waits. */
    readonly off: boolean;
    /** An endpoint can take no type at all; `null`: the contract refuses to be told that. */
    readonly noTypes: boolean | null;
    /** Lists have pages. */
    readonly pages: boolean;
    readonly expire: boolean;
    readonly resend: boolean;
    /** What was accepted can be sent again too. */
    readonly resendsAll: boolean;
  };
  /** A tenant of its own, ready to be spoken to. */
  open(world: TestServer): Promise<DialectSession>;
}

/** As far as every dialect can tell. */
export interface ShownEndpoint {
  readonly id: string;
  readonly url: string;
  readonly isActive: boolean;
  /** Null: all types. */
  readonly types: readonly string[] | null;
}

export interface DialectSession {
  create(endpoint: { readonly url: string; readonly types: readonly string[] }): Promise<ShownEndpoint>;
  get(id: string): Promise<ShownEndpoint>;
  /** The ids of each page, in the order of the list. */
  listPages(limit: number): Promise<readonly (readonly string[])[]>;
  subscribe(id: string, types: readonly string[]): Promise<ShownEndpoint>;
  /** Only told where the contract knows it. */
  turnOff(id: string): Promise<ShownEndpoint>;
  turnOn(id: string): Promise<ShownEndpoint>;
  /** Only told where the contract knows it; so is `sendTest`. */
  pause(id: string): Promise<ShownEndpoint>;
  /** How many deliveries were made. */
  publish(type: string, data: string): Promise<number>;
  /** The secret that signs now. */
  secret(id: string): Promise<string>;
  /** By the steps that the contract gives to receivers. */
  verify(request: ReceivedRequest, secret: string): boolean;
  /** Null where the contract has none. */
  readonly rotate: ((id: string) => Promise<void>) | null;
  /** Only told where the contract knows it, as is `resend`. After it only the newest secret signs. */
  expire(id: string): Promise<void>;
  /** Sends again the event of a request that the endpoint received. */
  resend(id: string, request: ReceivedRequest): Promise<void>;
  sendTest(id: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** What the dialect answers, as statuses. */
  readonly refusals: {
    badUrl(): Promise<number>;
    unknownType(): Promise<number>;
    unknownEndpoint(): Promise<number>;
    withoutCredentials(): Promise<number>;
    withoutPermission(): Promise<number>;
  };
  /** Those that its contract gives. */
  readonly statuses: Readonly<Record<keyof DialectSession["refusals"], number>>;
}

/** For what a contract does not know. */
export function unknownHere(): never {
  throw new Error("the contract has no words for this");
}
