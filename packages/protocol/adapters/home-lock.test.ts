import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WardError } from '@ward/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HomeLock } from './home-lock.ts';

const LOCK_FILE = new URL('./home-lock.ts', import.meta.url).href;

function program(home: string, then: string): string[] {
  const source = `
    import { HomeLock } from ${JSON.stringify(LOCK_FILE)};
    try {
      globalThis.lock = HomeLock.acquire(${JSON.stringify(home)});
      process.stdout.write('held');
    } catch (error) {
      process.stdout.write(error.code + ' ' + error.data.process);
    }
    ${then}`;
  return ['--input-type=module', '--eval', source];
}

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ward-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function refusal(): WardError | undefined {
  try {
    HomeLock.acquire(home).release();
    return undefined;
  } catch (error) {
    return error as WardError;
  }
}

describe('the lock of a home', () => {
  it('keeps out another process, and says which one holds it', () => {
    const lock = HomeLock.acquire(home);
    const { stdout } = spawnSync(process.execPath, program(home, ''), { encoding: 'utf8' });
    expect(stdout).toBe(`HOME_LOCKED ${process.pid}`);
    lock.release();
    const again = spawnSync(process.execPath, program(home, ''), { encoding: 'utf8' });
    expect(again.stdout).toBe('held');
  });

  it('keeps out a second engine of the same process', () => {
    const lock = HomeLock.acquire(home);
    expect(refusal()?.code).toBe('HOME_LOCKED');
    expect(refusal()?.data).toEqual({ process: process.pid });
    lock.release();
    expect(refusal()).toBeUndefined();
  });

  it('holds though nobody can be told who has it', () => {
    mkdirSync(join(home, 'lock-holder'));
    const lock = HomeLock.acquire(home);
    expect(refusal()?.data).toEqual({ process: 0 });
    lock.release();
  });

  it('ends with a process that was killed', async () => {
    const child = spawn(process.execPath, program(home, 'setInterval(() => {}, 1000);'));
    await once(child.stdout, 'data');
    expect(refusal()?.data).toEqual({ process: child.pid });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(refusal()).toBeUndefined();
  });
});
