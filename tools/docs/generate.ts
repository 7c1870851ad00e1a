// `npm run docs`: writes documents that are made from the code, and the generated parts of others.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../repository.ts';
import { GENERATED_DOCUMENTS, generateParts } from './generated.ts';
import { loadProduct } from './product.ts';
import { WHOLE_DOCUMENTS } from './whole-documents.ts';

await loadProduct();
for (const document of GENERATED_DOCUMENTS) {
  const path = join(REPOSITORY, document);
  writeFileSync(path, generateParts(readFileSync(path, 'utf8')));
}
for (const [path, make] of Object.entries(WHOLE_DOCUMENTS)) {
  writeFileSync(join(REPOSITORY, path), make());
}
