/** How long a question waits for the one that is on its way. */
const WAIT_MS_MAX = 50;

/**
 * How long things gather before they go out together: until what went out before them is answered,
 * but not for long, because a server may be slow; and at least to the end of this turn of the event
 * loop, in which requests that came together are read one after the other.
 */
export async function untilJoined(
  onItsWay: Promise<unknown> | undefined,
  waitMsMax = WAIT_MS_MAX,
): Promise<void> {
  if (onItsWay !== undefined) await beforeLong(onItsWay, waitMsMax);
  await new Promise((resolve) => setImmediate(resolve));
}

async function beforeLong(onItsWay: Promise<unknown>, waitMsMax: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const pause = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMsMax);
  });
  await Promise.race([onItsWay, pause]);
  clearTimeout(timer);
}
