/** Every fault, in the order in which they are run. */
import type { Fault } from "./fault.ts";
import { backendsKilled } from "./stories/backends-killed.ts";
import { connectionsUsedUp } from "./stories/connections-used-up.ts";
import { databaseClockBack, databaseClockForward, serverClockStepped } from "./stories/clock-stepped.ts";
import { databaseReadOnly } from "./stories/database-read-only.ts";
import { diskFull } from "./stories/disk-full.ts";
import { embeddedDiskFull } from "./stories/embedded-disk-full.ts";
import { embeddedKilledInCheckpoint } from "./stories/embedded-killed-in-checkpoint.ts";
import { migrationKilled } from "./stories/migration-killed.ts";
import { networkLate } from "./stories/network-late.ts";
import { networkResets } from "./stories/network-resets.ts";
import { networkStalled } from "./stories/network-stalled.ts";
import { nodeFrozen } from "./stories/node-frozen.ts";
import { nodeKilledTwice } from "./stories/node-killed-twice.ts";
import { oneOfTwoCutOff } from "./stories/one-of-two-cut-off.ts";
import { poolStuck } from "./stories/pool-stuck.ts";
import { postgresKilled } from "./stories/postgres-killed.ts";
import { postgresRestartedInDrain } from "./stories/postgres-restarted-in-drain.ts";
import { receiverHolds1000 } from "./stories/receiver-holds-1000.ts";
import { receiversMisbehave } from "./stories/receiver-misbehaves.ts";
import { sigterm } from "./stories/sigterm.ts";

export const faults: readonly Fault[] = [
  nodeKilledTwice,
  nodeFrozen,
  sigterm,
  postgresKilled,
  backendsKilled,
  postgresRestartedInDrain,
  databaseReadOnly,
  poolStuck,
  connectionsUsedUp,
  networkResets,
  networkStalled,
  networkLate,
  oneOfTwoCutOff,
  diskFull,
  embeddedDiskFull,
  embeddedKilledInCheckpoint,
  serverClockStepped,
  databaseClockForward,
  databaseClockBack,
  migrationKilled,
  ...receiversMisbehave,
  receiverHolds1000,
];
