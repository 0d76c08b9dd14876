// gql.tada: documents typed by their texts. What fits the schema compiles and runs,
// what does not fit does not compile.
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { customer } from './support/account.mjs';
import { after, before, describe, test } from './support/limited.mjs';
import { startServer } from './support/server.mjs';
import { makeWorkspace } from './support/workspace.mjs';

describe('gql.tada', () => {
  let workspace;

  before(async () => {
    workspace = await makeWorkspace('tada');
    const { code, output } = await tada('generate-output');
    assert.equal(code, 0, output);
  });

  after(() => workspace?.remove());

  const tada = (...args) => workspace.run('gql.tada/bin/cli.js', ...args);
  const compile = (project) => workspace.run('typescript/bin/tsc', '--strict', '-p', project);

  test('types a program, which runs', async () => {
    const { code, output } = await compile('tsconfig.json');
    assert.equal(code, 0, output);
    const program = await import(pathToFileURL(workspace.path('out/src/program.js')));

    const server = await startServer();
    const send = async (query, variables) => {
      const response = await fetch(server.graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()).data;
    };
    try {
      assert.deepEqual(
        await program.labels(send, 'grinder'),
        ['Hand Grinder (hand-grinder, one of 1): 89.00 EUR, 89.00 EUR'],
      );
      assert.equal(await program.kind(send, customer), 'CUSTOMER');
      await assert.rejects(program.kind(send, { ...customer, password: 'wrong' }), /wrong password/);
    } finally {
      await server.stop();
    }
  });

  test('does not let a program compile that asks for an unknown field', async () => {
    const { code, output } = await compile('wrong.tsconfig.json');
    assert.notEqual(code, 0);
    assert.deepEqual(output.match(/^\S+ error TS\d+/gm), ['wrong/field.ts(8,3): error TS2322']);
  });

  test('names the unknown field', async () => {
    const { code, output } = await tada('check', '--tsconfig', 'wrong.tsconfig.json');
    assert.notEqual(code, 0);
    assert.match(output, /Cannot query field "colour" on type "Product"/);
  });
});
