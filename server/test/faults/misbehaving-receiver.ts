/** The entry of a receiver that misbehaves in a process of its own, so that its noise is not the test's. */
import { createCertificateAuthority } from "../../../devkit/receivers/make-certificate.ts";
import { answerOk, startReceiver } from "../../../devkit/receivers/start-receiver.ts";
import { misbehaviours } from "./misbehaviour.ts";

const misbehaviour = misbehaviours.find(({ name }) => name === process.argv[2]);
if (misbehaviour === undefined) throw new Error(`nobody misbehaves like ${process.argv[2]}`);
const trusted = createCertificateAuthority();
const certificate = misbehaviour.certify?.(trusted);
const receiver = await startReceiver({
  react: misbehaviour.react ?? answerOk,
  ...(certificate === undefined ? {} : { certificate }),
});
process.once("disconnect", () => process.exit(0));
process.on("message", () => process.send?.({ openSockets: receiver.openSockets }));
process.send?.({ url: receiver.url, authority: trusted.certificate });
