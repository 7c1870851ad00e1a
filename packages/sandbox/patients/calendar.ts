const MS_PER_DAY = 86_400_000;
const MS_PER_MINUTE = 60_000;

/** Days since 1 January 1970. */
export type Day = number;

export const DAYS_PER_YEAR = 365;

/** Day of a date such as `2026-11-22`. */
export function dayOf(date: string): Day {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms)) throw new Error('a date is written as 2026-11-22');
  return ms / MS_PER_DAY;
}

/** `2026-11-22`. */
export function dateOf(day: Day): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}

/** `2026-11-22T09:30:00Z`, so many minutes after midnight. */
export function instantOf(day: Day, minute: number): string {
  const ms = day * MS_PER_DAY + minute * MS_PER_MINUTE;
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The same date so many years later; 28 February where there is none. */
export function addYears(day: Day, years: number): Day {
  const date = new Date(day * MS_PER_DAY);
  const isLeapDay = date.getUTCMonth() === 1 && date.getUTCDate() === 29;
  const dayOfMonth = isLeapDay ? 28 : date.getUTCDate();
  return Date.UTC(date.getUTCFullYear() + years, date.getUTCMonth(), dayOfMonth) / MS_PER_DAY;
}

/** Full years from one day to a later one. */
export function yearsBetween({ from, to }: { readonly from: Day; readonly to: Day }): number {
  let years = Math.floor((to - from) / DAYS_PER_YEAR);
  while (years > 0 && addYears(from, years) > to) years--;
  return years;
}
