/**
 * Reads a `Retry-After` header (RFC 9110 section 10.2.3): delta-seconds, or an HTTP-date in any of the three forms of
 * section 5.6.7. What is neither is as good as absent: a receiver's typing mistake must not stop its deliveries.
 */

const DELTA_SECONDS = /^\d{1,15}$/;
const IMF_FIXDATE = /^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/;
const RFC_850 = /^[A-Z][a-z]{5,8}, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** No header is longer that holds a date; a longer one is not worth matching. */
const MAX_LENGTH = 40;

/** Milliseconds from `now` until the time the header names, below zero for a time that is over; null when unreadable. */
export function parseRetryAfter(header: string, now: Date): number | null {
  const text = header.trim();
  if (text.length > MAX_LENGTH) return null;
  if (DELTA_SECONDS.test(text)) return Number(text) * 1000;
  const parts = (IMF_FIXDATE.exec(text) ?? RFC_850.exec(text) ?? ASCTIME.exec(text))?.groups;
  if (parts === undefined) return null;
  const at = toTime(parts, now);
  return at === null ? null : at - now.getTime();
}

function toTime(parts: Record<string, string | undefined>, now: Date): number | null {
  const { day = "", month = "", year = "", time = "" } = parts;
  const [hours = 0, minutes = 0, seconds = 0] = time.split(":").map(Number);
  const monthIndex = MONTHS.indexOf(month);
  const fullYear = year.length === 2 ? toFullYear(Number(year), now) : Number(year);
  // 60 is a leap second, which RFC 9110 allows; Date.UTC reads it as the second after.
  if (monthIndex < 0 || hours > 23 || minutes > 59 || seconds > 60) return null;
  const at = Date.UTC(fullYear, monthIndex, Number(day), hours, minutes, seconds);
  const exists = new Date(Date.UTC(fullYear, monthIndex, Number(day))).getUTCDate() === Number(day);
  return exists ? at : null;
}

/** RFC 9110: a two-digit year that seems more than 50 years ahead is the last one in the past with these digits. */
function toFullYear(twoDigits: number, now: Date): number {
  const thisYear = now.getUTCFullYear();
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}
