// graphql-codegen's client preset: a program with its documents and types passes the
// strict compiler and runs, by the texts and by the manifest of persisted documents.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { parse } from 'graphql';
import { customer } from './support/account.mjs';
import { after, before, describe, test } from './support/limited.mjs';
import { startServer } from './support/server.mjs';
import { makeWorkspace } from './support/workspace.mjs';

describe('graphql-codegen', () => {
  let workspace;
  let program;

  before(async () => {
    workspace = await makeWorkspace('codegen');
    await generate();
    const { code, output } = await workspace.run('typescript/bin/tsc', '--strict', '-p', '.');
    assert.equal(code, 0, output);
    program = await import(pathToFileURL(workspace.path('out/program.js')));
  });

  after(() => workspace?.remove());

  // What the package @graphql-codegen/cli does, without the hundreds of others that it
  // needs, of which some need a newer Node.
  async function generate() {
    const read = (...path) => readFile(workspace.path(...path), 'utf8');
    const rawSDL = await read('src/operations.graphql');
    const files = await preset.buildGeneratesSection({
      baseOutputDir: `${workspace.path('src/generated')}/`,
      schema: parse(await read('schema.graphql')),
      documents: [{ location: 'operations.graphql', document: parse(rawSDL), rawSDL }],
      plugins: [],
      pluginMap: {},
      presetConfig: { persistedDocuments: true },
      config: {
        documentMode: 'string',
        emitLegacyCommonJSImports: false,
        strictScalars: true,
        scalars: { CurrencyCode: 'string', DateTime: 'string', Decimal: 'string', JSON: 'Record<string, unknown>' },
        useTypeImports: true,
      },
    });
    await mkdir(workspace.path('src/generated'));
    for (const file of files) await writeFile(file.filename, await codegen(file));
  }

  // Sends the parts of an operation that `choose` takes of it.
  const sender = (server, choose) => async (operation) => {
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...choose(operation), variables: operation.variables }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    return data;
  };
  const byText = ({ text }) => ({ query: text });
  const ways = {
    'by documentId': ({ id }) => ({ documentId: id }),
    'by the extension of Apollo': ({ id }) => ({
      extensions: { persistedQuery: { version: 1, sha256Hash: id } },
    }),
  };

  async function runsWith(send) {
    assert.deepEqual(
      await program.labels(send, 'grinder'),
      ['Hand Grinder (hand-grinder, one of 1): 89.00 EUR, 89.00 EUR'],
    );
    assert.equal(await program.kind(send, customer), 'CUSTOMER');
    await assert.rejects(program.kind(send, { ...customer, password: 'wrong' }), /wrong password/);
  }

  test('runs by the texts', async () => {
    const server = await startServer();
    try {
      await runsWith(sender(server, byText));
    } finally {
      await server.stop();
    }
  });

  describe('with a server that trusts only the persisted documents', () => {
    let server;

    before(async () => {
      const manifest = workspace.path('src/generated/persisted-documents.json');
      server = await startServer(['--trusted-operations', manifest, '--only-trusted']);
    });

    after(() => server?.stop());

    for (const [way, choose] of Object.entries(ways)) {
      test(`runs ${way}`, () => runsWith(sender(server, choose)));
    }

    test('is refused other texts and ids', async () => {
      for (const operation of [
        { query: '{ __typename }' },
        { documentId: 'sha256:0000' },
        { extensions: { persistedQuery: { version: 1, sha256Hash: '0000' } } },
      ]) {
        await assert.rejects(sender(server, () => operation)({}), /trusted/, JSON.stringify(operation));
      }
    });
  });
});
