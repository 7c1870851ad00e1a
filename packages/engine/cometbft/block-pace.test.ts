import { describe, expect, it } from 'vitest';
import { BlockPace } from './block-pace.ts';

const MIB = 1024 * 1024;

describe('the pace of blocks', () => {
  let nowMs = 0;
  const take = (pace: BlockPace, bytes: number, ms: number) => {
    pace.begin(bytes);
    nowMs += ms;
    pace.end();
  };

  it('proposes what is executed in a moment, and follows slowly', () => {
    const pace = new BlockPace(() => nowMs);
    expect(pace.bytesMax).toBe(MIB / 16);
    take(pace, 4 * MIB, 400);
    expect(pace.bytesMax).toBe(MIB);
    take(pace, 4 * MIB, 800);
    expect(pace.bytesMax).toBe(0.875 * MIB);
  });

  it('proposes more where blocks are rare, up to four times as much', () => {
    const pace = new BlockPace(() => nowMs);
    const proposed: number[] = [];
    for (const pauseMs of [100, 300, 6000]) {
      for (let block = 0; block < 40; block++) {
        take(pace, MIB, 100);
        nowMs += pauseMs;
      }
      proposed.push(pace.bytesMax / MIB);
    }
    expect(proposed[0]).toBe(1);
    expect(proposed[1]).toBeCloseTo(2, 2);
    expect(proposed[2]).toBe(4);
  });

  it('never proposes less than 64 KiB, and learns nothing from short blocks', () => {
    const pace = new BlockPace(() => nowMs);
    take(pace, MIB, 60_000);
    expect(pace.bytesMax).toBe(MIB / 16);
    take(pace, 100, 0);
    expect(pace.bytesMax).toBe(MIB / 16);
  });
});
