// A page that a test drives: what it shows, what it asks for and what it complains of, over the pipe of Chrome's DevTools protocol.
import type { Readable, Writable } from 'node:stream';
import { startBrowser } from './browser.js';

export interface DrivenPage {
  /** Calls a method of the protocol, e.g. `Emulation.setEmulatedMedia`. */
  send(method: string, params?: object): Promise<unknown>;
  /** The value of an expression in the page, as JSON carries it. */
  evaluate(expression: string): Promise<unknown>;
  /** Opens a page and waits until it has loaded. */
  open(url: string): Promise<void>;
  /** Types a key into what has the focus. */
  press(key: string): Promise<void>;
  /** PNG in base64 of the whole page, or of so many pixels from a place on. */
  screenshot(clip?: { readonly y: number; readonly height: number }): Promise<string>;
  /** Addresses asked for, and messages of the console and errors, since the page was opened last. */
  readonly requests: string[];
  readonly complaints: string[];
  readonly close: () => Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export async function drivePage(browser: string): Promise<DrivenPage> {
  const started = await startBrowser(
    browser,
    ['--remote-debugging-pipe', 'about:blank'],
    ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  );
  const { ended, close } = started;
  const [toBrowser, fromBrowser] = [started.child.stdio[3] as Writable, started.child.stdio[4] as Readable];
  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const requests: string[] = [];
  const complaints: string[] = [];
  let loaded: () => void = () => undefined;
  let calls = 0;
  let rest = '';
  fromBrowser.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages) receive(JSON.parse(message) as Message);
  });

  function receive({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      const waiting = pending.get(id);
      pending.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error.message));
    } else if (method === 'Page.loadEventFired') loaded();
    else if (method === 'Network.requestWillBeSent') requests.push((params?.request as { url: string }).url);
    else if (
      method === 'Log.entryAdded' ||
      method === 'Runtime.exceptionThrown' ||
      method === 'Runtime.consoleAPICalled'
    )
      complaints.push(JSON.stringify(params));
  }

  const call = (method: string, params: object = {}, sessionId?: string): Promise<unknown> => {
    const id = ++calls;
    const answer = new Promise<unknown>((resolve, reject) => pending.set(id, { resolve, reject }));
    toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return Promise.race([answer, ended]);
  };
  const { targetInfos } = (await call('Target.getTargets')) as {
    targetInfos: { type: string; targetId: string }[];
  };
  const target = targetInfos.find(({ type }) => type === 'page');
  const attached = await call('Target.attachToTarget', { targetId: target?.targetId, flatten: true });
  const { sessionId } = attached as { sessionId: string };
  const send = (method: string, params: object = {}) => call(method, params, sessionId);
  const evaluate = async (expression: string) => {
    const { result, exceptionDetails } = (await send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    })) as { result: { value: unknown; description?: string }; exceptionDetails?: unknown };
    if (exceptionDetails !== undefined) throw new Error(result.description ?? 'The expression failed.');
    return result.value;
  };
  for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await send(`${domain}.enable`);
  return {
    send,
    evaluate,
    requests,
    complaints,
    close,
    open: async (url) => {
      requests.length = 0;
      complaints.length = 0;
      const load = new Promise<void>((resolve) => (loaded = resolve));
      await send('Page.navigate', { url });
      await Promise.race([load, ended]);
    },
    press: async (key) => {
      const codes: Record<string, number> = { Tab: 9, Enter: 13, ' ': 32 };
      const event = {
        key,
        windowsVirtualKeyCode: codes[key],
        text: key === 'Enter' ? '\r' : key === ' ' ? ' ' : undefined,
      };
      await send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
      await send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    },
    screenshot: async (clip) => {
      const size = (await evaluate('[innerWidth, document.documentElement.scrollHeight]')) as [
        number,
        number,
      ];
      const area = { x: 0, y: clip?.y ?? 0, width: size[0], height: clip?.height ?? size[1], scale: 1 };
      const { data } = (await send('Page.captureScreenshot', {
        captureBeyondViewport: true,
        clip: area,
      })) as { data: string };
      return data;
    },
  };
}
