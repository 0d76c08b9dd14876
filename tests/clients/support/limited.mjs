// node:test, with a time limit for each test. The limit of a suite would end it, with
// Node 18, without its hooks, and leave its server running.
import { test as unlimited } from 'node:test';

export { after, afterEach, before, beforeEach, describe } from 'node:test';

const LIMIT = 30_000;

export const test = (name, run) => unlimited(name, { timeout: LIMIT }, run);
