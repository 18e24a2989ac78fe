import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    // The tests share two cores with the worker threads of the backend under test: one file at a time, no surprises.
    fileParallelism: false,
    testTimeout: 60_000,
  },
})
