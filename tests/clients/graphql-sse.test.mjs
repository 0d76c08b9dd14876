// graphql-sse: operations over server-sent events, one on each stream.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';
import { bearer, customer, endSessionsUntil, logIn, logOut } from './support/account.mjs';
import { after, afterEach, before, describe, test } from './support/limited.mjs';
import { recorder } from './support/recorder.mjs';
import { startServer } from './support/server.mjs';

let server;

before(async () => {
  server = await startServer();
});

after(() => server?.stop());

describe('graphql-sse', () => {
  let client;
  let record;

  const connect = (headers) => {
    record = recorder();
    client = createClient({ url: server.graphql, headers, retryAttempts: 0, fetchFn: record.fetch });
  };

  afterEach(() => client?.dispose());

  // The one result of an operation that gives only one.
  async function result(query, variables) {
    const results = [];
    for await (const one of client.iterate({ query, variables })) results.push(one);
    assert.equal(results.length, 1);
    return results[0];
  }
  const subscription = 'subscription { sessionRevoked { isCurrent at } }';
  const events = () => client.iterate({ query: subscription });

  test('answers a query with variables', async () => {
    connect();
    const { data, errors } = await result('query ($first: Int) { products(first: $first) { nodes { id } } }', { first: 2 });
    assert.equal(errors, undefined);
    assert.equal(data.products.nodes.length, 2);
    const requests = record.requests.map(({ method, status }) => `${method} ${status}`);
    assert.deepEqual(requests, ['POST 200']);
  });

  test('answers a mutation', async () => {
    connect();
    const { data } = await result(
      'mutation ($input: LoginInput!) { login(input: $input) { account { email } } }',
      { input: customer },
    );
    assert.equal(data.login.account.email, customer.email);
  });

  test('answers several operations at once', async () => {
    connect();
    const aliases = ['a', 'b', 'c', 'd'];
    const results = await Promise.all(aliases.map((alias) => result(`{ ${alias}: __typename }`)));
    assert.deepEqual(results, aliases.map((alias) => ({ data: { [alias]: 'Query' } })));
  });

  test('tells what is wrong with an invalid operation', async () => {
    connect();
    const { errors: [error], data } = await result('{ nonsense }');
    assert.match(error.message, /nonsense/);
    assert.deepEqual(error.locations, [{ line: 1, column: 3 }]);
    assert.equal(data, undefined);
  });

  test('knows the viewer by a token', async () => {
    connect(bearer(await logIn(server)));
    assert.deepEqual((await result('{ me { email } }')).data.me, { email: customer.email });
  });

  test('lets nobody subscribe without a session', async () => {
    connect();
    const { errors: [error] } = await result(subscription);
    assert.equal(error.extensions.code, 'UNAUTHENTICATED');
  });

  test('tells of sessions that end, and of its own as the last', async () => {
    const token = await logIn(server);
    connect(bearer(token));
    const stream = events();
    const { value } = await endSessionsUntil(server, stream.next());
    assert.equal(value.data.sessionRevoked.isCurrent, false);

    await logOut(server, token);
    const current = [];
    for await (const { data } of stream) current.push(data.sessionRevoked.isCurrent);
    assert.deepEqual(current, [...current.slice(1).fill(false), true]);
  });

  test('stops a subscription that the client has enough of', async () => {
    connect(bearer(await logIn(server)));
    const stream = events();
    await endSessionsUntil(server, stream.next());
    await stream.return();
    assert.deepEqual(await result('{ __typename }'), { data: { __typename: 'Query' } });
  });
});
