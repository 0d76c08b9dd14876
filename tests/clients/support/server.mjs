// Starts a Bodega server with the demo shop, on a port and in a directory of its own.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 60_000;
const packageRoot = fileURLToPath(new URL('..', import.meta.url));
const binary = resolve(packageRoot, process.env.BODEGA_BIN ?? '../../target/debug/bodega');

/**
 * Starts the server and waits until it listens. `args` are added to its command
 * line. Answers
 * - `url`, its origin, and `graphql` and `socket`, where the API is over HTTP and
 *   over WebSocket;
 * - `log()`, all that it has printed so far;
 * - `restart()`, which stops it and starts it anew on the same port and database;
 * - `stop()`.
 */
export async function startServer(args = []) {
  const directory = await mkdtemp(join(tmpdir(), 'bodega-'));
  const remove = () => rm(directory, { recursive: true });
  let log = '';
  const print = (text) => { log += text; };

  let running;
  try {
    running = await launch(directory, '127.0.0.1:0', args, print);
  } catch (cause) {
    await remove();
    throw new Error(`${binary} did not start: ${cause.message}\n${log}`, { cause });
  }

  const { host } = new URL(running.url);
  return {
    url: running.url,
    graphql: `${running.url}/graphql`,
    socket: `ws://${host}/graphql`,
    log: () => log,
    restart: async () => {
      await running.stop();
      running = await launch(directory, host, args, print);
    },
    stop: () => running.stop().finally(remove),
  };
}

// Runs the program until `stop()`; answers when it listens.
async function launch(directory, address, args, print) {
  const child = spawn(binary, [
    'serve', '--demo', '--listen', address, '--database-url', `sqlite:${directory}/shop.db`, ...args,
  ], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise((done) => { child.once('close', done); });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', print);

  const stop = async () => {
    let killed = false;
    const timer = setTimeout(() => { killed = child.kill('SIGKILL'); }, STOP_TIMEOUT);
    child.kill('SIGTERM');
    await closed;
    clearTimeout(timer);
    if (killed) throw new Error(`the server did not stop in ${STOP_TIMEOUT} ms of SIGTERM`);
  };

  try {
    return { url: await listening(child), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

// Waits until the program prints the line that tells the address, and answers the address.
async function listening(child) {
  let timer;
  try {
    return await new Promise((found, fail) => {
      let printed = '';
      const look = (text) => {
        printed += text;
        const line = /listening on (http:\/\/127\.0\.0\.1:\d+)\s/.exec(printed);
        if (line) found(line[1]);
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.once('error', fail);
      child.once('close', (code, signal) => fail(new Error(`it ended with ${signal ?? code}`)));
      timer = setTimeout(() => fail(new Error(`not listening after ${START_TIMEOUT} ms`)), START_TIMEOUT);
    });
  } finally {
    clearTimeout(timer);
  }
}
