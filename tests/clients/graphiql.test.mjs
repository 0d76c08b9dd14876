// The GraphiQL page at "/", used in a real browser as a person would.
import assert from 'node:assert/strict';
import { customer, endSessionsUntil, logOut } from './support/account.mjs';
import { TIMEOUT, launchBrowser } from './support/browser.mjs';
import { after, afterEach, before, beforeEach, describe, test } from './support/limited.mjs';
import { startServer } from './support/server.mjs';

describe('GraphiQL', () => {
  let server;
  let browser;
  let context;
  let page;
  let problems;

  before(async () => {
    server = await startServer();
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  // Each test has a new profile. What it may not cause, in the page or in its
  // workers, is collected: errors and warnings in the console, where violations of
  // the Content-Security-Policy come too, and requests and sockets to other hosts.
  beforeEach(async () => {
    problems = [];
    context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
    context.setDefaultTimeout(TIMEOUT);
    context.on('weberror', (error) => problems.push(`uncaught: ${error.error()}`));
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
    });
    context.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== 'data:' && origin !== server.url) problems.push(`request: ${request.url()}`);
    });
    page = await context.newPage();
    page.on('websocket', (socket) => {
      if (socket.url() !== server.socket) problems.push(`socket: ${socket.url()}`);
    });
    await page.goto(server.url);
    await editor().getByText('Welcome to Bodega').waitFor();
  });

  afterEach(async () => {
    await context?.close();
    assert.deepEqual(problems, []);
  });

  const editor = () => page.getByRole('region', { name: 'Operation Editor' });
  const stopButton = () => page.getByRole('button', { name: /^Stop query/ });
  const executeButton = () => page.getByRole('button', { name: /^Execute query/ });

  // Does what sends an operation, and answers the body of the response to it.
  async function answer(operationName, send) {
    const [response] = await Promise.all([
      page.waitForResponse(
        (candidate) => candidate.request().postDataJSON()?.operationName === operationName,
      ),
      send(),
    ]);
    return response.json();
  }

  // Starts one of the several operations of the first tab, by the button's menu.
  async function start(operationName) {
    await executeButton().click();
    await page.getByRole('menuitem', { name: operationName, exact: true }).click();
  }

  const run = (operationName) => answer(operationName, () => start(operationName));

  // Waits until the result pane shows all the texts (JSON, spaced as GraphiQL does).
  async function shown(...texts) {
    const pane = page.getByRole('region', { name: 'Result Window' });
    await texts.reduce((found, text) => found.filter({ hasText: text }), pane).waitFor();
  }

  test('has the name of the shop', async () => {
    assert.equal(await page.title(), 'Bodega GraphiQL');
  });

  test('documents the schema of the server', async () => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'Query', exact: true }).click();
    await page.getByRole('link', { name: 'ProductConnection', exact: true }).waitFor();
  });

  test('checks and formats what is written', async () => {
    await editor().getByText('Welcome to Bodega').click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText('query Mine{me{id nonsense}}');
    await editor().locator('.squiggly-error').waitFor();
    await page.getByRole('button', { name: /^Prettify query/ }).click();
    await editor().locator('.view-line').filter({ hasText: /^\s*nonsense\s*$/ }).waitFor();
  });

  for (const name of ['Categories', 'ProductBySlug']) {
    test(`has an example ${name} that the server accepts`, async () => {
      const { errors } = await answer(name, async () => {
        await page.getByRole('tablist').getByRole('button', { name, exact: true }).click();
        // The button has a menu until GraphiQL sees that this tab has only one operation.
        await executeButton().and(page.locator(':not([aria-haspopup])')).click();
      });
      assert.equal(errors, undefined);
    });
  }

  test('shows products', async () => {
    const { data } = await run('Products');
    const [product] = data.products.nodes;
    const [variant] = product.variants;
    await shown(
      `"name": "${product.name}"`,
      `"sku": "${variant.sku}"`,
      `"amount": "${variant.price.amount}"`,
      `"currency": "${variant.price.currency}"`,
    );
  });

  test('logs in and out with the cookie', async () => {
    const account = `"email": "${customer.email}"`;

    await run('Me');
    await shown('"me": null');

    await run('LogIn');
    await shown('"login": {', account, '"errors": []');
    const [cookie] = await context.cookies();
    assert.deepEqual(
      [cookie.name, cookie.path, cookie.httpOnly, cookie.secure],
      ['__Host-bodega', '/', true, true],
    );

    await run('Me');
    await shown('"me": {', account);

    await run('LogOut');
    await shown('"loggedOut": true');
    assert.deepEqual(await context.cookies(), []);

    await run('Me');
    await shown('"me": null');
  });

  test('shows the events of a subscription', async () => {
    await run('LogIn');
    const [{ value: token }] = await context.cookies();
    await start('SessionRevoked');
    await endSessionsUntil(server, shown('"sessionRevoked": {', '"isCurrent": false'));

    // With its session the subscription ends, too.
    await logOut(server, token);
    await shown('"isCurrent": true');
    await executeButton().waitFor();
  });

  test('stops a subscription', async () => {
    await run('LogIn');
    const [socket] = await Promise.all([page.waitForEvent('websocket'), start('SessionRevoked')]);
    await endSessionsUntil(server, shown('"isCurrent": false'));
    await Promise.all([socket.waitForEvent('close'), stopButton().click()]);
    await executeButton().waitFor();
  });

  test('shows why a subscription is refused', async () => {
    await start('SessionRevoked');
    await shown('"code": "UNAUTHENTICATED"');
    await executeButton().waitFor();
  });
});
