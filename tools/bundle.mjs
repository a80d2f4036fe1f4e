// Bundles the scripts of the pages: piratechat/static/scripts/ into piratechat/static/bundle/.  "make build" runs it.
//
// Five files come out: start.js, which loads room.js; on_device.js, which room.js loads for readers whose browser translates;
// home.js; and the service worker.  With them lie the licenses of what npm packages gave, and a digest of the sources:
// the server refuses to start with a bundle of other sources.

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const TOP = dirname(dirname(fileURLToPath(import.meta.url)))
const SCRIPTS = join(TOP, 'piratechat', 'static', 'scripts')
const BUNDLE = join(TOP, 'piratechat', 'static', 'bundle')

// Those that connection/transports.js chooses from; sockjs-client has seven more.
const TRANSPORTS = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling']

const sockjsClient = {
  name: 'sockjs-client',
  setup({ onResolve, onLoad }) {
    // Shims are for browsers without ES5, and would make functions of text, which the policy of our pages forbids; the others
    // are for browsers without CORS, and for pages in frames.
    onResolve({ filter: /^\.\/(shims|iframe-bootstrap|info-iframe|transport\/sender\/xdr)$/ }, () => ({ path: 'none', namespace: 'nothing' }))
    onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'module.exports = () => {}' }))
    onResolve({ filter: /\/sockjs\.min\.js$/ }, () => ({ path: 'sockjs-client', namespace: 'sockjs-client' }))
    onLoad({ filter: /.*/, namespace: 'sockjs-client' }, () => {
      const transports = TRANSPORTS.map((name) => `require('sockjs-client/lib/transport/${name}')`)
      return { contents: `window.SockJS = require('sockjs-client/lib/main')([${transports}])`, resolveDir: TOP }
    })
  },
}

// What only some readers load: a file of its own, which knows nothing of the one that loads it.
const onDemand = {
  name: 'on-demand',
  setup({ onResolve }) {
    onResolve({ filter: /\/on_device\.js$/ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined))
  },
}

const options = { absWorkingDir: TOP, minify: true, target: 'es2022', charset: 'utf8', logLevel: 'warning' }

async function main() {
  const made = `${BUNDLE}.new`
  await rm(made, { recursive: true, force: true })
  await mkdir(made)
  const { metafile } = await build({
    ...options,
    entryPoints: ['home.js', 'on_device.js', 'room.js'].map((name) => join(SCRIPTS, name)),
    outdir: made,
    bundle: true,
    format: 'esm',
    metafile: true,
    plugins: [onDemand, sockjsClient],
    define: { global: 'window', 'process.env.NODE_ENV': '"production"' },
  })
  // What these import they import when they run.
  await build({ ...options, entryPoints: ['start.js', 'service_worker.js'].map((name) => join(SCRIPTS, name)), outdir: made })
  await writeFile(join(made, 'LICENSES.txt'), await licenses([...Object.keys(metafile.inputs), 'node_modules/emojibase-data/']))
  await writeFile(join(made, 'sources.sha256'), `${await digest()}\n`)
  await rm(BUNDLE, { recursive: true, force: true })
  await rename(made, BUNDLE)
}

// The licenses of the npm packages that are among `inputs`, paths relative to TOP.
async function licenses(inputs) {
  const names = new Set(inputs.map((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean))
  const texts = [...names].sort().map(async (name) => {
    const folder = join(TOP, 'node_modules', name)
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each))
    if (!file) throw new Error(`${folder} has no license`)
    return `${name} ${version}\n\n${(await readFile(join(folder, file), 'utf8')).trim()}\n`
  })
  return (await Promise.all(texts)).join('\n----\n\n')
}

// A digest of the sources' paths and contents; piratechat/http/static_files.py computes the same.
async function digest() {
  const entries = await readdir(SCRIPTS, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => join(entry.parentPath, entry.name))
  const names = paths.map((path) => relative(SCRIPTS, path).replaceAll(sep, '/')).sort()
  const hash = createHash('sha256')
  for (const name of names) {
    const content = await readFile(join(SCRIPTS, name))
    hash.update(`${name}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

await main()
