// Builds the page into dist/: index.html, with the asset names put in for
// %STYLE% and %SCRIPT%, and under assets/ the scripts, styles, workers and fonts,
// named by content hash and stored only gzip-compressed ("main-ABC.js.gz" is
// served as /assets/main-ABC.js with "Content-Encoding: gzip"). The same sources
// give the same bytes.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const assetsDir = join(root, 'dist/assets');
const monaco = 'monaco-editor/esm/vs';

// The style sheets of GraphiQL and Monaco embed their fonts as data: URLs.
// Makes files of them, so that the browser loads only the ones it needs.
const fontFiles = {
  name: 'font-files',
  setup(build) {
    build.onResolve({ filter: /^data:font\/\w+;base64,/ }, ({ path: url }) => {
      const [, extension, data] = /^data:font\/(\w+);base64,(.*)$/.exec(url);
      const bytes = Buffer.from(data, 'base64');
      const digest = createHash('sha256').update(bytes).digest('hex');
      return { path: `${digest}/font.${extension}`, namespace: 'font', pluginData: bytes };
    });
    build.onLoad({ filter: /.*/, namespace: 'font' }, ({ pluginData }) => ({
      contents: pluginData,
      loader: 'file',
    }));
  },
};

// Bundles the entry points (name to module) and writes all files compressed;
// answers name to URL. A warning fails the build as an error does.
async function bundle(entryPoints, { define, ...options }) {
  const { outputFiles, metafile, warnings } = await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: 'dist/assets',
    publicPath: '/assets',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    target: ['chrome115', 'firefox115', 'safari16.4'],
    define: { 'process.env.NODE_ENV': '"production"', ...define },
    ...options,
  });
  if (warnings.length > 0) throw new Error(`${warnings.length} warning(s) in the build`);
  for (const { path, contents } of outputFiles) {
    await writeFile(join(assetsDir, `${basename(path)}.gz`), gzipSync(contents, { level: 9 }));
  }
  const outputs = Object.entries(metafile.outputs);
  return Object.fromEntries(Object.entries(entryPoints).map(([name, module]) => {
    const [path] = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith(module));
    return [name, `/assets/${basename(path)}`];
  }));
}

await rm(join(root, 'dist'), { recursive: true, force: true });
await mkdir(assetsDir, { recursive: true });

const workers = await bundle({
  editor: `${monaco}/editor/editor.worker.js`,
  graphql: 'monaco-graphql/esm/graphql.worker.js',
  json: `${monaco}/language/json/json.worker.js`,
}, { format: 'iife' });

const { main: script } = await bundle({ main: 'src/main.jsx' }, {
  format: 'esm',
  splitting: true,
  jsx: 'automatic',
  // graphiql/style.css, in the next bundle, has all of these styles.
  loader: { '.css': 'empty' },
  // GraphiQL imports these by old names that stand for CommonJS files, whose
  // exports a dynamic import() does not see; the new names are ES modules.
  alias: {
    'prettier/parser-babel': 'prettier/plugins/babel',
    'prettier/parser-graphql': 'prettier/plugins/graphql',
  },
  define: { WORKERS: JSON.stringify(workers) },
});

const { style } = await bundle({ style: 'src/style.css' }, { plugins: [fontFiles] });

const page = await readFile(join(root, 'index.html'), 'utf8');
await writeFile(
  join(root, 'dist/index.html'),
  page.replace('"%STYLE%"', `"${style}"`).replace('"%SCRIPT%"', `"${script}"`),
);
