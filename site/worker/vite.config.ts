import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The worker is built apart from the pages, and not minified: `explain` shows the source of rules and the names of classes. */
export default defineConfig({
  root: at('../..'),
  base: './',
  publicDir: false,
  resolve: {
    alias: [
      // One engine: the checks of the exercises import the package, and get the source that the rest gets.
      { find: /^ghostgrad$/, replacement: at('../../src/index.ts') },
      { find: /^ghostgrad\/functional$/, replacement: at('../../src/autograd/functional.ts') },
      { find: /^ghostgrad\/(nn|optim)$/, replacement: at('../../src/$1/index.ts') },
      // A page has no threads of Node.js: what would start one gets a module that says so.
      { find: /^node:worker_threads$/, replacement: at('./noThreads.ts') },
      { find: /^.*\/workerUrl\.js$/, replacement: at('./noThreads.ts') },
    ],
  },
  plugins: [
    {
      name: 'set-up',
      // The list of side effects in the package speaks of compiled modules; these are the sources of some of them.
      transform: (code, id) =>
        /\/src\/(setup|defaultBackend|autograd\/methods)\.ts$/.test(id) ? { code, moduleSideEffects: true } : null,
    },
  ],
  build: {
    outDir: at('../../dist/site/engine'),
    emptyOutDir: true,
    target: 'es2022',
    minify: false,
    modulePreload: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: at('./main.ts'),
      output: { entryFileNames: 'worker.js' },
    },
  },
})
