// Apollo Client: plain and batched HTTP, automatic persisted queries, subscriptions.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { bearer, customer, endSessionsUntil, logIn } from './support/account.mjs';
import { after, before, beforeEach, describe, test } from './support/limited.mjs';
import { recorder } from './support/recorder.mjs';
import { startServer } from './support/server.mjs';

const PRODUCTS = gql`
  query Products($first: Int!, $after: String) {
    products(first: $first, after: $after) {
      nodes { id name variants { id price { amount currency } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`;
const LOGIN = gql`
  mutation LogIn($input: LoginInput!) {
    login(input: $input) { account { id email } session { token } errors { ... on UserError { message } } }
  }
`;

describe('Apollo Client', () => {
  let server;
  let record;

  before(async () => {
    server = await startServer(['--max-batch', '10']);
  });

  beforeEach(() => {
    record = recorder();
  });

  after(() => server?.stop());

  const http = (options) => new HttpLink({ uri: server.graphql, fetch: record.fetch, ...options });
  const clientOf = (link) => new ApolloClient({ link, cache: new InMemoryCache() });

  test('queries, and finds again in its cache', async () => {
    const client = clientOf(http());
    const query = { query: PRODUCTS, variables: { first: 2 } };
    const { data } = await client.query(query);
    assert.equal(data.products.nodes.length, 2);
    assert.deepEqual((await client.query(query)).data, data);
    assert.equal(record.requests.length, 1);
  });

  test('mutates, and takes refusals as data', async () => {
    const client = clientOf(http());
    const { data: { login } } = await client.mutate({ mutation: LOGIN, variables: { input: customer } });
    assert.equal(login.account.email, customer.email);
    assert.ok(login.session.token);

    const input = { ...customer, password: 'wrong' };
    const { data: { login: refused } } = await client.mutate({ mutation: LOGIN, variables: { input } });
    assert.equal(refused.account, null);
    assert.equal(refused.errors[0].__typename, 'InvalidCredentials');
  });

  test('tells of a document that the server does not accept', async () => {
    const client = clientOf(http());
    await assert.rejects(client.query({ query: gql`{ nonsense }` }), (error) => {
      assert.ok(CombinedGraphQLErrors.is(error), error);
      assert.match(error.message, /nonsense/);
      return true;
    });
  });

  describe('with automatic persisted queries', () => {
    const sha256 = (text) => createHash('sha256').update(text).digest('hex');
    const persisted = (options) => clientOf(createPersistedQueryLink({ sha256, ...options }).concat(http()));
    // Which of text and hash a request has.
    const contents = ({ method, operation: { query, extensions } }) => [
      method, query ? 'text' : '', extensions?.persistedQuery?.sha256Hash ? 'hash' : '',
    ].filter(Boolean).join(' ');

    // Each of the operations here is new to the server.
    const ask = (client, query, variables) => client.query({ query, variables, fetchPolicy: 'network-only' });

    test('sends the text once, and then only the hash', async () => {
      const client = persisted();
      const query = gql`query ByPost($first: Int!) { products(first: $first) { nodes { id name } } }`;
      const first = await ask(client, query, { first: 2 });
      const second = await ask(client, query, { first: 2 });
      assert.equal(first.data.products.nodes.length, 2);
      assert.deepEqual(second.data, first.data);
      assert.deepEqual(record.requests.map(contents), ['POST hash', 'POST text hash', 'POST hash']);

      const [unknown] = record.requests;
      assert.deepEqual(
        unknown.answer.errors.map(({ message, extensions }) => [message, extensions.code]),
        [['PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND']],
      );
    });

    test('sends hashes by GET', async () => {
      const client = persisted({ useGETForHashedQueries: true });
      const query = gql`query ByGet($first: Int!) { products(first: $first) { nodes { id slug } } }`;
      const first = await ask(client, query, { first: 3 });
      const second = await ask(client, query, { first: 3 });
      assert.equal(first.data.products.nodes.length, 3);
      assert.deepEqual(second.data, first.data);
      assert.deepEqual(record.requests.map(contents), ['GET hash', 'POST text hash', 'GET hash']);
    });

    test('keeps mutations out of GET', async () => {
      const client = persisted({ useGETForHashedQueries: true });
      for (const sent of [['POST hash', 'POST text hash'], ['POST hash']]) {
        record.requests.length = 0;
        const { data } = await client.mutate({ mutation: LOGIN, variables: { input: customer } });
        assert.equal(data.login.account.email, customer.email);
        assert.deepEqual(record.requests.map(contents), sent);
      }
    });

    test('is refused a text with another hash', async () => {
      const client = persisted({ sha256: (text) => sha256(`${text} and more`) });
      const query = gql`query Forged { __typename }`;
      await assert.rejects(ask(client, query), /sha|hash/i);
      await assert.rejects(ask(client, query), /sha|hash/i);
    });
  });

  describe('with batches', () => {
    const NAME = gql`query Name($slug: String!) { product(slug: $slug) { id name } }`;
    const batched = (url) => clientOf(new BatchHttpLink({ uri: url, fetch: record.fetch, batchMax: 5 }));

    test('sends operations of the same moment in one request', async () => {
      const client = batched(server.graphql);
      const [page, one, invalid] = await Promise.allSettled([
        client.query({ query: PRODUCTS, variables: { first: 1 } }),
        client.query({ query: NAME, variables: { slug: 'hand-grinder' } }),
        client.query({ query: gql`query Invalid { nonsense }` }),
      ]);
      assert.equal(page.value.data.products.nodes.length, 1);
      assert.equal(one.value.data.product.name, 'Hand Grinder');
      assert.match(invalid.reason.message, /nonsense/);
      assert.deepEqual(
        record.requests.map(({ operation }) => operation.map(({ operationName }) => operationName)),
        [['Products', 'Name', 'Invalid']],
      );
    });

    test('is refused by a server that was not told to take them', async () => {
      const plain = await startServer();
      try {
        const client = batched(plain.graphql);
        await assert.rejects(client.query({ query: NAME, variables: { slug: 'any' } }));
        assert.equal(record.requests[0].status, 400);
        assert.match(JSON.stringify(record.requests[0].answer), /batch/i);
      } finally {
        await plain.stop();
      }
    });
  });

  test('subscribes over a WebSocket', async () => {
    const token = await logIn(server);
    const socket = createClient({
      url: server.socket, webSocketImpl: WebSocket, connectionParams: bearer(token), retryAttempts: 0,
    });
    const link = ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      http({ headers: bearer(token) }),
    );
    const client = clientOf(link);
    const { data: { me } } = await client.query({ query: gql`{ me { id email } }` });
    assert.equal(me.email, customer.email);

    let subscription;
    const event = new Promise((next, error) => {
      subscription = client
        .subscribe({ query: gql`subscription { sessionRevoked { sessionId isCurrent at } }` })
        .subscribe({ next, error });
    });
    const { data } = await endSessionsUntil(server, event);
    subscription.unsubscribe();
    assert.equal(data.sessionRevoked.isCurrent, false);
  });
});
