/** A headless browser that draws WebGL in software, and notes everything a page should not do. */
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/** A page whose console errors, foreign requests, failed answers and breaches of the policy are collected in `faults`. */
export async function openPage(browser, origin, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'es-CL', ...options });
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && faults.push(`console: ${message.text()}`));
  page.on('request', (request) => foreign(request.url(), origin) && faults.push(`foreign request: ${request.url()}`));
  page.on('response', (response) => response.status() >= 400 && faults.push(`${response.status()}: ${response.url()}`));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`CSP ${event.violatedDirective}: ${event.blockedURI}`),
    );
  });
  return { page, context, faults };
}

/** Waits until the page has shown everything it asked for; see src/ready.js. Software drawing on a busy machine is slow. */
export async function ready(page) {
  await page.waitForFunction(() => window.comarca?.ready.then(() => true), null, { timeout: 120_000 });
}

function foreign(url, origin) {
  return !['data:', 'blob:'].includes(new URL(url).protocol) && new URL(url).origin !== origin;
}
