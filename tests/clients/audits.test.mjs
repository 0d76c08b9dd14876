// The audits of graphql-http: whether the server keeps to the GraphQL over HTTP draft.
import assert from 'node:assert/strict';
import { serverAudits } from 'graphql-http';
import { after, before, describe, test } from './support/limited.mjs';
import { startServer } from './support/server.mjs';

describe('graphql-http', () => {
  let server;

  before(async () => {
    server = await startServer();
  });

  after(() => server?.stop());

  const audits = serverAudits({ url: () => server.graphql });

  test('has all the audits', () => {
    assert.ok(audits.length >= 61, `only ${audits.length} audits`);
    assert.equal(new Set(audits.map(({ id }) => id)).size, audits.length);
  });

  // Recommendations count like requirements: a notice or a warning fails as an error does.
  for (const { id, name, fn } of audits) {
    test(`${id} ${name}`, async () => {
      const { status, reason, response } = await fn();
      assert.equal(status, 'ok', `${reason}, by the answer ${response?.status} ${await body(response)}`);
    });
  }
});

// The body may be read already.
const body = (response) => (response?.bodyUsed === false ? response.text() : '');
