/** Loaded first by a node of a test: its wall clock is wrong by so many milliseconds, as a machine's is without NTP. */
const aheadMs = Number(process.env.CLOCK_AHEAD_MS);
const RealDate = Date;
const wrongNow = () => RealDate.now() + aheadMs;

globalThis.Date = class extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(wrongNow());
    else super(...values);
  }
  static now() {
    return wrongNow();
  }
};
