// Chromium for the browser tests: the system's own, or Debian's where we may install it.
import { ensureProgram, how } from '../lib/debian.mjs';

const CHROMIUM = {
  what: 'Chromium',
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  variable: 'CHROMIUM_BIN',
  packages: ['chromium', 'fonts-dejavu-core'],
};

/** What to do where we can do nothing. */
export const HOW = how(CHROMIUM);

/** The path of a Chromium, installed if need be and possible; `undefined` otherwise. */
export const ensureChromium = () => ensureProgram(CHROMIUM);
