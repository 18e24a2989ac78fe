let enabled = true

/** Whether operations are recorded. */
export const isGradEnabled = (): boolean => enabled

function withGradMode<T>(mode: boolean, fn: () => T): T {
  const before = enabled
  enabled = mode
  try {
    return fn()
  } finally {
    enabled = before
  }
}

/** Run `fn` without recording operations: for evaluation. Restored even when `fn` throws. */
export const noGrad = <T>(fn: () => T): T => withGradMode(false, fn)

/** Run `fn` with recording on, inside a `noGrad`. */
export const enableGrad = <T>(fn: () => T): T => withGradMode(true, fn)
