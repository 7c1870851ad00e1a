export * from './generate-patients.ts';
export { SYNTHETIC_MARK } from './names.ts';
export { searchTerms } from './search-terms.ts';
