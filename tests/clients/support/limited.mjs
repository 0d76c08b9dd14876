// node:test, with a time limit for each test, which only ends what hangs: compilers take
// long on a slow machine. The limit of a suite would end it, with Node 18, without its
// hooks, and leave its server running.
import { test as unlimited } from 'node:test';

export { after, afterEach, before, beforeEach, describe } from 'node:test';

const LIMIT = 300_000;

export const test = (name, run) => unlimited(name, { timeout: LIMIT }, run);
