// graphql-ws: operations over a WebSocket.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { bearer, customer, endSessionsUntil, logIn, logOut } from './support/account.mjs';
import { after, afterEach, before, describe, test } from './support/limited.mjs';
import { startServer } from './support/server.mjs';

describe('graphql-ws', () => {
  let server;
  let client;

  before(async () => {
    server = await startServer();
  });

  afterEach(() => client?.dispose());

  after(() => server?.stop());

  const connect = (options) => {
    client = createClient({
      url: server.socket, webSocketImpl: WebSocket, retryAttempts: 0, ...options,
    });
  };
  const authorized = (token) => connect({ connectionParams: bearer(token) });
  // A WebSocket whose upgrade request has the headers, which scripts in browsers cannot set.
  const withHeaders = (headers) => connect({
    webSocketImpl: class extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols, { headers });
      }
    },
  });
  const seen = (event) => new Promise((found) => { client.on(event, found); });

  // The one result of a query or a mutation.
  async function result(query, variables) {
    const results = [];
    for await (const one of client.iterate({ query, variables })) results.push(one);
    assert.equal(results.length, 1);
    return results[0];
  }
  const me = async () => (await result('{ me { email } }')).data.me;
  const events = () => client.iterate({ query: 'subscription { sessionRevoked { sessionId isCurrent at } }' });

  test('answers a query with variables', async () => {
    connect();
    const { data, errors } = await result('query ($first: Int) { products(first: $first) { nodes { id } } }', { first: 2 });
    assert.equal(errors, undefined);
    assert.equal(data.products.nodes.length, 2);
  });

  test('answers a mutation', async () => {
    connect();
    const { data } = await result(
      'mutation ($input: LoginInput!) { login(input: $input) { account { email } session { token } } }',
      { input: customer },
    );
    assert.equal(data.login.account.email, customer.email);
    assert.ok(data.login.session.token);
  });

  test('answers several operations at once', async () => {
    connect();
    const aliases = ['a', 'b', 'c', 'd'];
    const results = await Promise.all(aliases.map((alias) => result(`{ ${alias}: __typename }`)));
    assert.deepEqual(results, aliases.map((alias) => ({ data: { [alias]: 'Query' } })));
  });

  test('tells what is wrong with an invalid operation, and goes on', async () => {
    connect({ lazy: false });
    let sockets = 0;
    client.on('connected', () => { sockets += 1; });
    await assert.rejects(result('{ nonsense }'), ([error]) => {
      assert.match(error.message, /nonsense/);
      assert.deepEqual(error.locations, [{ line: 1, column: 3 }]);
      return true;
    });
    assert.equal((await result('{ __typename }')).data.__typename, 'Query');
    assert.equal(sockets, 1);
  });

  test('keeps the connection alive', async () => {
    connect({ lazy: false, keepAlive: 20 });
    const received = new Promise((found) => {
      client.on('pong', (isReceived) => { if (isReceived) found(); });
    });
    await received;
  });

  const ways = {
    'in the payload of connection_init': authorized,
    'in the payload, with another spelling': (token) => connect({
      connectionParams: { Authorization: `bearer ${token}` },
    }),
    'in the header of the upgrade': (token) => withHeaders(bearer(token)),
    'in the cookie': (token) => withHeaders({ cookie: `__Host-bodega=${token}` }),
  };
  for (const [way, open] of Object.entries(ways)) {
    test(`knows the viewer by a token ${way}`, async () => {
      open(await logIn(server));
      assert.deepEqual(await me(), { email: customer.email });
    });
  }

  test('knows no viewer without a token', async () => {
    connect();
    assert.equal(await me(), null);
    const { value: { errors: [error] } } = await events().next();
    assert.equal(error.extensions.code, 'UNAUTHENTICATED');
  });

  test('refuses a token that is malformed or not in use', async () => {
    const ended = await logIn(server);
    await logOut(server, ended);
    for (const token of ['nonsense', ended]) {
      authorized(token);
      await assert.rejects(me(), ({ code, reason }) => code === 4403 && reason.startsWith('Forbidden'));
    }
  });

  test('tells of sessions that end, and of its own as the last', async () => {
    const begin = Date.now();
    const token = await logIn(server);
    authorized(token);
    const stream = events();
    const { value } = await endSessionsUntil(server, stream.next());
    assert.equal(value.data.sessionRevoked.isCurrent, false);
    const at = Date.parse(value.data.sessionRevoked.at);
    assert.ok(begin <= at && at <= Date.now(), value.data.sessionRevoked.at);

    await logOut(server, token);
    const current = [];
    for await (const { data } of stream) current.push(data.sessionRevoked.isCurrent);
    assert.deepEqual(current, [...current.slice(1).fill(false), true]);
  });

  test('stops a subscription that the client has enough of', async () => {
    authorized(await logIn(server));
    const closed = seen('closed');
    const stream = events();
    await endSessionsUntil(server, stream.next());
    await stream.return();
    assert.equal((await closed).code, 1000);
  });

  test('closes the socket of a session that ends', async () => {
    const token = await logIn(server);
    const fatal = new Promise((found) => {
      connect({ lazy: false, connectionParams: bearer(token), onNonLazyError: found });
    });
    await seen('connected');
    await logOut(server, token);
    const { code, reason } = await fatal;
    assert.equal(code, 4403, reason);
  });

  test('says goodbye when the server stops; the subscription goes on with the next server', async () => {
    const token = await logIn(server);
    let restarted;
    connect({ connectionParams: bearer(token), retryAttempts: 1, retryWait: () => restarted });
    const [connected, closed] = [seen('connected'), seen('closed')];
    const next = events().next();
    await connected;

    restarted = server.restart();
    assert.equal((await closed).code, 1001);
    await restarted;

    const { value } = await endSessionsUntil(server, next);
    assert.equal(value.data.sessionRevoked.isCurrent, false);
  });
});
