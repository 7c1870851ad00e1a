import { MS_PER_SECOND, type Seconds } from '@ward/protocol';

/** A time in ISO 8601, in UTC, to the second. */
export function isoTime(seconds: Seconds): string {
  return new Date(seconds * MS_PER_SECOND).toISOString().replace('.000Z', 'Z');
}

const MONTHS = 12;

/** The month of a caption, `2019-04`; undefined where it has none. */
export function monthText(month: number): string | undefined {
  if (month === 0) return undefined;
  const year = String(Math.floor(month / MONTHS)).padStart(4, '0');
  return `${year}-${String((month % MONTHS) + 1).padStart(2, '0')}`;
}

const UNITS = [
  { size: 1024 ** 3, name: 'GiB' },
  { size: 1024 ** 2, name: 'MiB' },
  { size: 1024, name: 'KiB' },
];

/** A size as a person reads it. */
export function sizeText(bytes: number): string {
  const unit = UNITS.find(({ size }) => bytes >= size);
  return unit === undefined ? `${bytes} B` : `${(bytes / unit.size).toFixed(1)} ${unit.name}`;
}

/** `1 unit`, `2 units`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
