// Starts Monaco's web workers from our own origin. WORKERS (label to URL) is
// put in by the build, which bundles each worker as a file of its own.
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(WORKERS[label] ?? WORKERS.editor, { name: label }),
};
