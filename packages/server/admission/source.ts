import { isIPv6 } from 'node:net';

const V4_IN_V6 = '::ffff:';

/**
 * What counts as one place for quotas: an IPv4 address, or the /64 that one customer of a network
 * gets.
 */
export function sourceOf(remote: string | undefined): string {
  if (remote === undefined) return 'unknown';
  if (remote.startsWith(V4_IN_V6)) return remote.slice(V4_IN_V6.length);
  if (!isIPv6(remote)) return remote;
  const [head = '', tail] = remote.split('::', 2);
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const groups = [...front, ...new Array<string>(zeros).fill('0'), ...back];
  const prefix = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(':')}::/64`;
}
