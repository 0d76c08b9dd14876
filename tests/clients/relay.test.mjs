// Relay: relay-compiler takes the schema for its own, and relay-runtime runs what it
// compiled; once with texts, and once with ids of operations that the server trusts.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createClient } from 'graphql-ws';
import relay from 'relay-runtime';
import WebSocket from 'ws';
import { bearer, customer, endSessionsUntil } from './support/account.mjs';
import { after, afterEach, before, describe, test } from './support/limited.mjs';
import { startServer } from './support/server.mjs';
import { makeWorkspace } from './support/workspace.mjs';

const {
  Environment, Network, Observable, RecordSource, Store,
  commitMutation, createOperationDescriptor, fetchQuery, getSingularSelector, requestSubscription,
} = relay;
const require = createRequire(import.meta.url);

// How requests name their operation, over HTTP as in Relay's guide, over a WebSocket
// as in that of graphql-ws, whose client insists on a text.
const ways = {
  text: {
    args: () => [],
    http: ({ text }) => ({ query: text }),
    socket: ({ text }) => ({ query: text }),
  },
  persisted: {
    args: (workspace) => ['--trusted-operations', workspace.path('persisted.json'), '--only-trusted'],
    http: ({ id }) => ({ doc_id: id }),
    socket: ({ id }) => ({ query: '', extensions: { persistedQuery: { version: 1, sha256Hash: id } } }),
  },
};

for (const [way, { args, http, socket }] of Object.entries(ways)) {
  describe(`Relay, ${way}`, () => {
    let workspace;
    let server;
    let sockets;

    before(async () => {
      workspace = await makeWorkspace('relay');
      await mkdir(workspace.path(way));
      const { code, output } = await workspace.run('relay-compiler/cli.js', '--noWatchman', `${way}.config.json`);
      assert.equal(code, 0, output);
      server = await startServer(args(workspace));
    });

    afterEach(() => sockets?.dispose());

    after(async () => {
      await server?.stop();
      await workspace?.remove();
    });

    // An environment for who has the token, or for a stranger.
    function connect(token) {
      const headers = token && bearer(token);
      const post = async (operation, variables) => {
        const response = await fetch(server.graphql, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ ...http(operation), variables }),
        });
        return response.json();
      };
      const subscribe = (operation, variables) => Observable.create((sink) => {
        sockets = createClient({
          url: server.socket, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: headers,
        });
        return sockets.subscribe({ ...socket(operation), variables }, sink);
      });
      return new Environment({
        network: Network.create(post, subscribe),
        store: new Store(new RecordSource()),
      });
    }

    const compiled = (name) => require(workspace.path(way, `${name}.graphql.js`));
    const query = (environment, name, variables) => (
      fetchQuery(environment, compiled(name), variables).toPromise()
    );
    const mutate = (environment, name, variables) => new Promise((onCompleted, onError) => {
      commitMutation(environment, { mutation: compiled(name), variables, onCompleted, onError });
    });
    // What a component would be given for a fragment.
    const product = (environment, reference) => (
      environment.lookup(getSingularSelector(compiled('Shop_product'), reference)).data
    );

    async function logIn() {
      const { login } = await mutate(connect(), 'ShopLogInMutation', { input: customer });
      assert.equal(login.account.email, customer.email);
      return login.session.token;
    }

    test('pages through a connection', async () => {
      const environment = connect();
      const { products: one } = await query(environment, 'ShopPageQuery', { first: 2 });
      assert.equal(one.edges.length, 2);
      assert.equal(one.pageInfo.hasNextPage, true);
      await query(environment, 'ShopPageQuery', { first: 2, after: one.pageInfo.endCursor });

      // The handler of @connection has added the second page to the first.
      const first = createOperationDescriptor(compiled('ShopPageQuery'), { first: 2 });
      const { products: both } = environment.lookup(first.fragment).data;
      const ids = ({ edges }) => edges.map(({ node }) => node.__id);
      assert.deepEqual(ids(both).slice(0, 2), ids(one));
      const slugs = both.edges.map(({ node }) => product(environment, node).slug);
      assert.equal(new Set(slugs).size, 4);
    });

    test('fetches an object again by its id', async () => {
      const environment = connect();
      const { products } = await query(environment, 'ShopPageQuery', { first: 1 });
      const [{ node }] = products.edges;
      const fetched = product(environment, node);
      assert.ok(fetched.variants[0].price.amount);

      environment.commitUpdate((store) => store.get(node.__id).setValue('Another name', 'name'));
      assert.equal(product(environment, node).name, 'Another name');
      await query(environment, 'ShopProductRefetchQuery', { id: node.__id });
      assert.deepEqual(product(environment, node), fetched);
    });

    test('mutates', async () => {
      const environment = connect(await logIn());
      assert.deepEqual(await query(environment, 'ShopMeQuery', {}), { me: { email: customer.email } });
      assert.deepEqual(await mutate(environment, 'ShopLogOutMutation', {}), { logout: { loggedOut: true } });
    });

    test('subscribes', async () => {
      const environment = connect(await logIn());
      let subscription;
      const event = new Promise((onNext, onError) => {
        subscription = requestSubscription(environment, {
          subscription: compiled('ShopSessionRevokedSubscription'), variables: {}, onNext, onError,
        });
      });
      const endSession = async () => mutate(connect(await logIn()), 'ShopLogOutMutation', {});
      const { sessionRevoked } = await endSessionsUntil(server, event, endSession);
      subscription.dispose();
      assert.equal(sessionRevoked.isCurrent, false);
    });

    if (way === 'persisted') {
      test('is refused what was not compiled', async () => {
        const response = await fetch(server.graphql, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: '{ __typename }' }),
        });
        const { data, errors } = await response.json();
        assert.match(errors[0].message, /trusted/);
        assert.equal(data, undefined);
      });
    }
  });
}
