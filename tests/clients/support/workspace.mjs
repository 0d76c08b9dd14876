// A temporary directory for what compilers write, with the tests' packages in reach.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));
const modules = join(packageRoot, 'node_modules');
const execute = promisify(execFile);

/** The repository's schema, as a file. */
export const schemaFile = join(packageRoot, '../../schema.graphql');

/**
 * Makes the directory, with a copy of `fixtures/NAME` in it. Answers
 * - `path(…)`, the absolute path of something in it;
 * - `run(program, ...args)`, which runs a program of a package (`typescript/bin/tsc`)
 *   in it and answers its exit `code` and what it printed;
 * - `remove()`.
 */
export async function makeWorkspace(name) {
  const directory = await mkdtemp(join(tmpdir(), 'bodega-clients-'));
  await cp(join(packageRoot, 'fixtures', name), directory, { recursive: true });
  await cp(schemaFile, join(directory, 'schema.graphql'));
  await symlink(modules, join(directory, 'node_modules'));
  return {
    path: (...parts) => join(directory, ...parts),
    run: async (program, ...args) => {
      const command = [join(modules, program), ...args];
      const { code, stdout, stderr } = await execute(process.execPath, command, { cwd: directory })
        .then((printed) => ({ code: 0, ...printed }), (failure) => failure);
      return { code, output: stdout + stderr };
    },
    remove: () => rm(directory, { recursive: true }),
  };
}
