/** Days and times where the stay is: Vietnam, which has one offset and no summer time. */
const ZONE = "Asia/Ho_Chi_Minh";
const OFFSET_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;

const wall = (time: number | string): Date => new Date(new Date(time).getTime() + OFFSET_MS);
const two = (n: number): string => String(n).padStart(2, "0");

/** RFC 3339 with Vietnam's offset, whole seconds. */
export const instant = (time: number): string => `${wall(time).toISOString().slice(0, 19)}+07:00`;
/** YYYY-MM-DD. */
export const dayOf = (time: number | string): string => wall(time).toISOString().slice(0, 10);
/** 2/12. */
export const shortDay = (time: number | string): string => {
  const at = wall(time);
  return `${at.getUTCDate()}/${at.getUTCMonth() + 1}`;
};
export const longDay = (time: number | string): string => `${shortDay(time)}/${wall(time).getUTCFullYear()}`;
/** 21:38. */
export const clock = (time: number | string): string => wall(time).toISOString().slice(11, 16);

/** Noon of the day `nights` nights after the day of `from`. */
export const leavingAt = (from: number, nights: number): string =>
  `${dayOf(from + nights * DAY_MS)}T12:00:00+07:00`;
export const nightsUntil = (from: number, day: string): number =>
  Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse(`${dayOf(from)}T00:00:00Z`)) / DAY_MS);

/** Before 23:00, and after it before 08:00 (Residence Law, Art. 30): the hour, and how long until then. */
export function deadline(now: number): { hour: string; left: number; since: number; whole: number } {
  const at = wall(now);
  const minutes = at.getUTCHours() * 60 + at.getUTCMinutes();
  const morning = minutes >= 23 * 60 || minutes < 8 * 60;
  const due = morning ? (minutes >= 23 * 60 ? 32 * 60 : 8 * 60) : 23 * 60;
  const whole = morning ? 9 * 60 : 15 * 60;
  return { hour: morning ? "08:00" : "23:00", left: due - minutes, since: whole - (due - minutes), whole };
}

/** `9/6/1991`, `9-6-91`, `090691`, `9/6` with a year given: YYYY-MM-DD, or undefined. */
export function readBirth(text: string, year?: number): string | undefined {
  const digits = text.trim().replace(/\D+/g, " ").trim();
  const run = /^(\d{2})(\d{2})(\d{2}|\d{4})?$/.exec(digits);
  const [day, month, told] = run ? run.slice(1) : digits.split(" ");
  const whole = told ? fullYear(told) : year;
  if (!day || !month || !whole) return undefined;
  const date = `${whole}-${two(Number(month))}-${two(Number(day))}`;
  const read = new Date(`${date}T00:00:00Z`);
  const right = !Number.isNaN(read.getTime()) && read.toISOString().slice(0, 10) === date;
  return right && read.getTime() <= Date.now() ? date : undefined;
}

function fullYear(text: string): number {
  const told = Number(text);
  if (text.length !== 2) return told;
  return told + (2000 + told > new Date().getFullYear() ? 1900 : 2000);
}

/** 1991-06-09 as 9/6/1991. */
export const showBirth = (date?: string | null): string =>
  date ? date.split("-").reverse().map(Number).join("/") : "";
export { ZONE };
