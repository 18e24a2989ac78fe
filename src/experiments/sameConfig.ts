import { type RunConfig, runSchema } from '../train/config.js'

/** Settings that do not decide what a run computes, but for the last bits. */
const free: readonly (keyof RunConfig)[] = [
  ...(['dataDir', 'offline', 'evalBatchSize', 'backend', 'threads', 'out'] as const),
  ...(['tensorboard', 'logEvery', 'saveEvery'] as const),
]

/** What the models do where an option is not given. */
const modelDefaults: Partial<RunConfig> = { s: 2, d: 3, ghostFirst: false, width: 1, groups: 3, dropout: 0 }

/** Where two runs differ in what decides their result, as lines such as `epochs is 40, expected 10`. */
export function configDifferences(actual: Partial<RunConfig>, expected: RunConfig): string[] {
  // A result of an earlier version lacks what has come since: it had the defaults.
  const defaults = { ...modelDefaults, ...runSchema.parse({}) }
  const [a, b] = [
    { ...defaults, ...actual },
    { ...defaults, ...expected },
  ]
  const keys = new Set([modelDefaults, actual, expected, defaults].flatMap(Object.keys)) as Set<keyof RunConfig>
  return [...keys]
    .filter((key) => !(key === 'init' && b.init !== undefined)) // where they lie is free, and a resumed run has forgotten it
    .filter((key) => !free.includes(key) && JSON.stringify(a[key]) !== JSON.stringify(b[key]))
    .map((key) => `${key} is ${JSON.stringify(a[key]) ?? 'not set'}, expected ${JSON.stringify(b[key]) ?? 'none'}`)
}
