export { pause, within } from '@ward/protocol/timing';
