#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Before anything large is loaded: the second start is faster than the first.
enableCompileCache();

// The reader of a pipe may leave: `ward record list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const { runWard } = await import('./run-ward.ts');
const { nodePlatform } = await import('./node-platform.ts');
process.exitCode = await runWard(process.argv.slice(2), await nodePlatform());
