// Logs the demo shop's customer in and out, with plain requests.
import assert from 'node:assert/strict';

export const customer = { email: 'customer@demo.example', password: 'violin-gravel-teapot' };

/** How a request shows the session of `token`. */
export const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** Opens a session and answers its token. */
export async function logIn(server) {
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { session { token } } }';
  const { login } = await send(server, { query, variables: { input: customer } });
  return login.session.token;
}

/** Ends the session of `token`. */
export async function logOut(server, token) {
  const { logout } = await send(server, { query: 'mutation { logout { loggedOut } }' }, bearer(token));
  assert.equal(logout.loggedOut, true);
}

/**
 * Ends sessions of the account, one after the other, until `seen` is settled, and
 * answers its value. Nothing tells a client that its subscription has begun, so
 * that a single event could come too early for it.
 */
export async function endSessionsUntil(server, seen, endSession = () => openAndEnd(server)) {
  const deadline = Date.now() + 60_000;
  let waiting = true;
  const settled = () => { waiting = false; };
  seen.then(settled, settled);
  while (waiting) {
    assert.ok(Date.now() < deadline, 'no event came of the sessions that ended');
    await endSession();
  }
  return seen;
}

const openAndEnd = async (server) => logOut(server, await logIn(server));

async function send(server, operation, headers) {
  const response = await fetch(server.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(operation),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined);
  return data;
}
