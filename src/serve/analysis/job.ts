/** What takes a run's newest weights to compute. */
export type Question =
  | { kind: 'evaluation' }
  | { kind: 'histograms' }
  /** The layers whose outputs are maps. */
  | { kind: 'layers' }
  /** The maps of a layer for a test image by its number. */
  | { kind: 'maps'; image: number; layer: string }

export type Job = Question & {
  /** The run's. */
  folder: string
  dataDir: string | null
  batchSize: number
}

/** Between the server and the process that computes. */
export interface JobMessage {
  id: number
  job: Job
}

/** `json`: the answer as text, passed on as it is. */
export type AnswerMessage = { id: number; json: string } | { id: number; error: string }
