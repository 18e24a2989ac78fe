/** What a data command reports while it works: a line to show, with byte counts where there are any. */
export type DataProgress = {
  /** 'note' is worth keeping on screen (a source failed, a file was damaged); the others replace each other. */
  readonly stage: 'note' | 'download' | 'decode' | 'verify'
  readonly message: string
  readonly doneBytes?: number
  /** null: the server did not say */
  readonly totalBytes?: number | null
}

/** Told how far fetching a data set has come. */
export type OnProgress = (progress: DataProgress) => void
