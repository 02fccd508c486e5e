// A browser of this machine, without a window: any that is built on Chromium.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const names = [
  ...[
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
    'microsoft-edge',
    'brave-browser',
  ],
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The first browser that there is; `MASQ_TEST_BROWSER` names another. null without one. */
export function findBrowser(): string | null {
  const { MASQ_TEST_BROWSER } = process.env;
  const candidates = MASQ_TEST_BROWSER === undefined ? names : [MASQ_TEST_BROWSER];
  return candidates.find((name) => spawnSync(name, ['--version']).status === 0) ?? null;
}

export interface OpenBrowser {
  /** Fails, with what the browser said, when it ends before it is closed. */
  readonly ended: Promise<never>;
  readonly close: () => Promise<void>;
}

/** Opens a page in a browser with a new profile. */
export async function openPage(browser: string, url: string): Promise<OpenBrowser> {
  const { ended, close } = await startBrowser(browser, [url], ['ignore', 'ignore', 'pipe']);
  return { ended, close };
}

/** Starts a browser with a new profile and no window; standard error has to be a pipe. */
export async function startBrowser(
  browser: string,
  more: readonly string[],
  stdio: ('ignore' | 'pipe')[],
): Promise<OpenBrowser & { readonly child: ChildProcess }> {
  const profile = await mkdtemp(join(tmpdir(), 'masq-browser-'));
  const options = [
    ...['--headless', '--no-first-run', `--user-data-dir=${profile}`],
    // A page of this machine only: no sandbox, which containers and root do not have, and no talk with anybody else.
    ...['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ...['--disable-dev-shm-usage', '--disable-quic'],
    // WebGL without a graphics card.
    ...['--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  ];
  // In a group of its own, so that its helpers end with it.
  const child = spawn(browser, [...options, ...more], { detached: true, stdio });
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      reject(new Error(`${browser} ended with code ${String(code)}: ${output.slice(-2000)}`));
    });
  });
  ended.catch(() => undefined);
  return {
    child,
    ended,
    close: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      await ended.catch(() => undefined);
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
