/** What the walk calls the release that its network goes over to. */
export const NEXT_RELEASE = 'ward-walk-2';
