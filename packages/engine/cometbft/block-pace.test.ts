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
    expect(pace.bytesMax).toBe(4 * MIB);
    take(pace, 4 * MIB, 800);
    expect(pace.bytesMax).toBe(3.5 * MIB);
  });

  it('never proposes less than 64 KiB, and learns nothing from short blocks', () => {
    const pace = new BlockPace(() => nowMs);
    take(pace, MIB, 60_000);
    expect(pace.bytesMax).toBe(MIB / 16);
    take(pace, 100, 0);
    expect(pace.bytesMax).toBe(MIB / 16);
  });
});
