import { word } from '@ward/protocol';

/** Version of this software, as in package.json. */
export const VERSION = word('0.1.0');
