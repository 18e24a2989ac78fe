import { packageRoot } from './packageRoot.js'

/**
 * Where the compiled script of a worker thread or process lies: beside the module that starts it. When that module runs from TypeScript
 * source (the tests), it is the built copy of its neighbour, since neither can load TypeScript.
 * @param moduleUrl `import.meta.url` of the module that starts the worker
 * @param name file name without its extension
 */
export function workerUrl(moduleUrl: string, name: string): URL {
  if (moduleUrl.endsWith('.js')) return new URL(`${name}.js`, moduleUrl)
  const fromRoot = moduleUrl.slice(packageRoot.href.length)
  return new URL(`${name}.js`, new URL(`dist/${fromRoot}`, packageRoot))
}
