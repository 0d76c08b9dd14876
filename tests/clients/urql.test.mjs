// urql with Graphcache, its normalised cache.
import assert from 'node:assert/strict';
import { Client, fetchExchange, gql } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { getIntrospectionQuery } from 'graphql';
import { bearer, customer, endSessionsUntil, logIn } from './support/account.mjs';
import { after, before, beforeEach, describe, test } from './support/limited.mjs';
import { recorder } from './support/recorder.mjs';
import { startServer } from './support/server.mjs';

const PAGE = gql`
  query Page($first: Int!, $after: String) {
    products(first: $first, after: $after) {
      edges { cursor node { id name slug variants { id price { amount currency } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
const NAME = gql`query Name($id: ID!) { product(id: $id) { id name } }`;

describe('urql', () => {
  let server;
  let schema;
  let record;
  let client;
  let complaints;

  before(async () => {
    server = await startServer();
    const plain = new Client({ url: server.graphql, exchanges: [fetchExchange] });
    schema = (await plain.query(getIntrospectionQuery(), {}).toPromise()).data;
  });

  beforeEach(() => connect());

  after(() => server?.stop());

  // With the schema, Graphcache complains of operations and of a setup that do not fit it.
  function connect(options) {
    record = recorder();
    complaints = [];
    const cache = cacheExchange({
      schema,
      keys: { Money: () => null },
      resolvers: {
        Query: {
          product: (_parent, { id }) => ({ __typename: 'Product', id }),
          // The only nodes asked for here.
          node: (_parent, { id }) => ({ __typename: 'Account', id }),
          products: relayPagination(),
        },
      },
      logger: (severity, message) => { if (severity !== 'debug') complaints.push(message); },
    });
    client = new Client({
      url: server.graphql, exchanges: [cache, fetchExchange], fetch: record.fetch, ...options,
    });
  }

  // What the operation gives, of the cache or of the server.
  async function result(promised) {
    const { data, error } = await promised.toPromise();
    assert.ifError(error);
    assert.deepEqual(complaints, []);
    return data;
  }
  const query = (document, variables) => result(client.query(document, variables));
  const mutate = (document, variables) => result(client.mutation(document, variables));

  test('reads a second time without the network', async () => {
    const first = await query(PAGE, { first: 3 });
    assert.equal(first.products.edges.length, 3);
    assert.deepEqual(await query(PAGE, { first: 3 }), first);
    assert.equal(record.requests.length, 1);
  });

  test('adds the next page to the list', async () => {
    const { products: one } = await query(PAGE, { first: 2 });
    const { products: two } = await query(PAGE, { first: 2, after: one.pageInfo.endCursor });
    assert.deepEqual(two.edges.slice(0, 2), one.edges);
    const ids = two.edges.map(({ node }) => node.id);
    assert.equal(new Set(ids).size, 4);
    assert.notEqual(two.pageInfo.endCursor, one.pageInfo.endCursor);

    const { products: four } = await query(gql`query { products(first: 4) { edges { node { id } } } }`);
    assert.deepEqual(four.edges.map(({ node }) => node.id), ids);
  });

  test('finds an object again by its id, from whatever query it came', async () => {
    const { products: { edges: [{ node }] } } = await query(PAGE, { first: 1 });
    const { product } = await query(NAME, { id: node.id });
    assert.equal(product.name, node.name);
    assert.equal(record.requests.length, 1);
  });

  test('writes what a mutation answers into the cache', async () => {
    const login = gql`mutation ($input: LoginInput!) { login(input: $input) { account { id email kind } } }`;
    const { login: { account } } = await mutate(login, { input: customer });
    assert.equal(account.email, customer.email);
    // The server would not show the account without a token.
    const { node } = await query(gql`query ($id: ID!) { node(id: $id) { ... on Account { id email kind } } }`, {
      id: account.id,
    });
    assert.deepEqual(node, account);
    assert.equal(record.requests.length, 1);
  });

  test('queries by GET and by POST', async () => {
    for (const [preferGetMethod, method] of [['force', 'GET'], [false, 'POST']]) {
      connect({ preferGetMethod });
      assert.equal((await query(PAGE, { first: 1 })).products.edges.length, 1);
      assert.deepEqual(record.requests.map((request) => request.method), [method]);
    }
  });

  test('tells of a document that the server does not accept', async () => {
    const { error } = await new Client({ url: server.graphql, exchanges: [fetchExchange] })
      .query('{ nonsense }', {})
      .toPromise();
    assert.match(error.graphQLErrors[0].message, /nonsense/);
  });

  test('subscribes over server-sent events', async () => {
    const token = await logIn(server);
    connect({ fetchSubscriptions: true, fetchOptions: { headers: bearer(token) } });
    const subscription = gql`subscription { sessionRevoked { sessionId isCurrent at } }`;
    let running;
    const event = new Promise((found) => {
      running = client.subscription(subscription, {}).subscribe(found);
    });
    const { data, error } = await endSessionsUntil(server, event);
    running.unsubscribe();
    assert.ifError(error);
    assert.equal(data.sessionRevoked.isCurrent, false);
  });
});
