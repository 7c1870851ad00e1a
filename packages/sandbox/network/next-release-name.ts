/** What the walk calls the release that its network goes over to. */
export const NEXT_RELEASE = 'ward-walk-2';
/** What makes a node that loads it first into one of that release. */
export const NEXT_RELEASE_MODULE = new URL('./next-release.ts', import.meta.url);
