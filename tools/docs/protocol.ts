// Writes the generated parts of docs/protocol.md: `node tools/bootstrap.mjs tools/docs/protocol.ts`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../repository.ts';
import { generateParts } from './generated.ts';
import { loadProduct } from './product.ts';

const path = join(REPOSITORY, 'docs', 'protocol.md');
await loadProduct();
writeFileSync(path, generateParts(readFileSync(path, 'utf8')));
