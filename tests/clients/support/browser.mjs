// Starts the Chromium that is installed on this machine, under playwright-core.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** When a wait for the browser or a page is given up. */
export const TIMEOUT = 60_000;

/** Starts a headless browser with a profile of its own. */
export function launchBrowser() {
  return chromium.launch({ executablePath: findChromium(), headless: true, args: ARGS, timeout: TIMEOUT });
}

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const directories = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)];
  const found = NAMES.flatMap((name) => directories.map((directory) => join(directory, name)))
    .find(isExecutable);
  if (!found) {
    throw new Error(
      `no browser found (${NAMES.join(', ')}): install the package "chromium" `
      + '(apt-get install chromium), or name a Chromium or Chrome in the variable CHROMIUM',
    );
  }
  return found;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
