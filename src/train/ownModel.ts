import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { cacheFolder } from '../data/cache.js'
import { writeFileAtomic } from '../io/atomic.js'
import { isModelFile } from '../models/modelFile.js'
import { type OwnModel, registerModel } from '../models/registry.js'
import { Module } from '../nn/module.js'
import { packageRoot } from '../packageRoot.js'
import { ConfigError, DataError } from '../tensor/errors.js'

/** The name of a network, or the absolute path of a module that makes one. */
export const modelNameOf = (model: string): string => (isModelFile(model) ? resolve(model) : model)

/**
 * Make the network of a user's own module known under the module's path; any other name is left alone. The module exports, as default
 * or alone, a class that extends `Module` or a function that makes one; both are given `{ numClasses, inputSize, generator }`, and of
 * the other settings of networks those that the module names in `options`.
 * @param isNamed whether the user has named it. Only then is its code run, and from then on also where a run or a weights file names it.
 */
export function openOwnModel(model: string, isNamed: boolean): void {
  if (!isModelFile(model)) return
  const path = resolve(model)
  if (!existsSync(path)) {
    throw new DataError(`${path}: there is no such module; --model FILE says where the network's module is`)
  }
  if (isNamed) remember(path)
  else if (!namedBefore().includes(realpathSync(path))) {
    throw new ConfigError(
      `the network is the module ${path}, whose code is not run until you name it here once: --model ${path}`,
    )
  }
  registerModel(path, readOwnModel(path))
}

const listFile = (): string => join(cacheFolder(), 'own-models.json')

/** Modules that were named on this machine, by this user. */
function namedBefore(): string[] {
  try {
    const list: unknown = JSON.parse(readFileSync(listFile(), 'utf8'))
    return Array.isArray(list) ? list.map(String) : []
  } catch {
    return []
  }
}

/** A cache that cannot be written costs a flag the next time. */
function remember(path: string): void {
  const list = namedBefore()
  const real = realpathSync(path)
  if (list.includes(real)) return
  try {
    mkdirSync(dirname(listFile()), { recursive: true })
    writeFileAtomic(listFile(), `${JSON.stringify([...list, real], null, 2)}\n`)
  } catch (error) {
    if (!(error instanceof DataError) && !('code' in (error as Error))) throw error
  }
}

function readOwnModel(path: string): OwnModel {
  const exported = load(path)
  const values = Object.entries(exported).filter(([key, value]) => key !== 'options' && typeof value === 'function')
  const make = exported.default ?? (values.length === 1 ? values[0]![1] : undefined)
  if (typeof make !== 'function') {
    throw new ConfigError(
      `${path}: expected its default export to be a class that extends Module or a function that makes one, got ${
        make === undefined ? `exports ${Object.keys(exported).join(', ') || 'none'}` : typeof make
      }`,
    )
  }
  const options = exported.options ?? []
  if (!Array.isArray(options) || !options.every((name) => typeof name === 'string')) {
    throw new ConfigError(`${path}: expected its export "options" to be a list of names of settings`)
  }
  const isClass = make.prototype instanceof Module || /^class\b/.test(Function.prototype.toString.call(make))
  return {
    options,
    build: (given) => {
      const network: unknown = inOwnCode(path, () => (isClass ? Reflect.construct(make, [given]) : make(given)))
      if (network instanceof Module) return network
      throw new ConfigError(
        `${path}: expected a Module of this ghostgrad (import { Module } from 'ghostgrad/nn'), got ${describe(network)}`,
      )
    },
  }
}

const describe = (value: unknown): string =>
  value !== null && typeof value === 'object' ? `a ${value.constructor?.name ?? 'object'}` : String(value)

/** An error of the user's code names its place there; ours are told as they are. */
function inOwnCode<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof Error) || error instanceof ConfigError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ERR_REQUIRE_ASYNC_MODULE') {
      throw new ConfigError(`${path}: awaits at its top level, which a network's module must not`)
    }
    const place = error.stack
      ?.split('\n')
      .find((line) => line.includes(path))
      ?.trim()
    throw new ConfigError(`${path}: ${error.message}${place === undefined ? '' : ` (${place})`}`)
  }
}

interface ResolveHooks {
  registerHooks?: (hooks: {
    resolve: (name: string, context: object, next: (name: string, context: object) => unknown) => unknown
  }) => void
}

let isLinked = false

/** What a user's module imports as `ghostgrad` is this one, wherever the module lies and whatever is installed there. */
function linkOurselves(): void {
  if (isLinked) return
  isLinked = true
  const { registerHooks } = nodeModule as ResolveHooks
  const parentURL = new URL('package.json', packageRoot).href
  registerHooks?.({
    resolve: (name, context, next) => next(name, /^ghostgrad(\/|$)/.test(name) ? { ...context, parentURL } : context),
  })
}

function load(path: string): Record<string, unknown> {
  linkOurselves()
  return inOwnCode(path, () => nodeModule.createRequire(path)(path)) as Record<string, unknown>
}
