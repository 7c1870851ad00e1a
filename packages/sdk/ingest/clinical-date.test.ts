import { describe, expect, it } from 'vitest';
import { clinicalDateOf, dateText, dayNumber, monthNumber } from './clinical-date.ts';

const textFor = (resource: object) => {
  const date = clinicalDateOf({ resourceType: 'A', ...resource } as never);
  return date === undefined ? undefined : dateText(date);
};

describe('the date of a resource', () => {
  it.each([
    [{ effectiveDateTime: '2019-04-25T23:54:18-11:00', issued: '2019-05-01' }, '2019-04-25'],
    [{ period: { start: '2019-04-25' }, date: '2020-01-01' }, '2019-04-25'],
    [{ performedPeriod: { start: '2019-04' } }, '2019-04'],
    [{ onsetDateTime: '1999', recordedDate: '2020-01-01' }, '1999'],
    [{ started: '2018-01-02T03:04:05Z' }, '2018-01-02'],
    [{ billablePeriod: { start: '2017-03-04' }, created: '2018-01-01' }, '2017-03-04'],
    [{ collection: { collectedDateTime: '2016-05-06' } }, '2016-05-06'],
    [{ context: { period: { start: '2015-06-07' } }, date: '2016-01-01' }, '2015-06-07'],
    [{ context: { reference: 'Encounter/1' }, authoredOn: '2014-07-08' }, '2014-07-08'],
    [{ effectiveTiming: { event: ['2013-08-09'] } }, '2013-08-09'],
    [{ item: [{ servicedPeriod: { start: '2012-09-10' } }] }, '2012-09-10'],
    [{ onsetPeriod: {}, date: '2011-01-01' }, '2011-01-01'],
    [{ date: 'yesterday' }, undefined],
    [{ date: '2020-13-01' }, undefined],
    [{ date: 20200101 }, undefined],
    [{}, undefined],
  ])('%j is %s', (resource, expected) => {
    expect(textFor(resource)).toBe(expected);
  });

  it('of a patient is none: a birthday is not for captions', () => {
    expect(textFor({ resourceType: 'Patient', birthDate: '1970-01-01', date: '1970-01-01' })).toBe(
      undefined,
    );
  });
});

describe('numbers of dates', () => {
  it('count months from the year 0, a bare year as its January', () => {
    expect(monthNumber({ year: 2019, month: 4, day: 25 })).toBe(12 * 2019 + 3);
    expect(monthNumber({ year: 2019, month: 0, day: 0 })).toBe(12 * 2019);
  });

  it('tell days apart', () => {
    const days = (text: string) => dayNumber(clinicalDateOf({ date: text })!);
    expect(days('2020-03-01') - days('2020-02-28')).toBe(2);
    expect(days('2021') - days('2020')).toBe(366);
  });
});
