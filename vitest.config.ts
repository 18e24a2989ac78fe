import { configDefaults, defineConfig } from 'vitest/config'

/**
 * What takes long or needs more than Node.js: browsers, MPI, Redis, an installed package, processes that are killed, and whole
 * networks that are trained, exported or compared with stored values. `npm run test:slow` runs these, `npm test` all others.
 */
const slow = [
  'test/browser/**',
  'test/cli/{completion,distributed,interchange,own,ownModel,prune,queue,report,reproduce,reproducePruned,reproduceToy,serve}.test.ts',
  'test/cli/{gradcheckModel,trainFeatures}.test.ts',
  'test/detect/{data,models,run,table8}.test.ts',
  'test/distributed/**',
  'test/experiments/speedrun.test.ts',
  'test/experiments/toy/table2.test.ts',
  'test/io/onnx/models.test.ts',
  'test/learn/**',
  'test/models/{folded,gradients}.test.ts',
  'test/package/**',
  'test/parity/{models,training}.test.ts',
  'test/train/stepper.test.ts',
].map((pattern) => (pattern.endsWith('**') ? `${pattern}/*.test.ts` : pattern))

const common = { setupFiles: ['test/support/seed.ts'] }

export default defineConfig({
  test: {
    maxWorkers: 2, // the tests of the backend have threads of their own
    projects: [
      {
        test: {
          ...common,
          name: 'quick',
          testTimeout: 60_000,
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...slow],
        },
      },
      { test: { ...common, name: 'slow', include: slow, testTimeout: 180_000 } },
    ],
  },
})
