import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { Folders } from '../../folders.js'

/** What the queue tells a worker about a job. It runs ghostgrad with this and nothing else: whoever can write to Redis can do no more. */
export const taskSchema = z.strictObject({
  /** Of the job. */
  id: z.string(),
  /** Where the command was given: folders are relative to it, on every machine. */
  cwd: z.string(),
  /** Flags of `ghostgrad reproduce`. */
  flags: z.array(z.string()),
})

export type Task = z.infer<typeof taskSchema>

/** Under which a job is in the queue, once: its result's file. Colons are not allowed there. */
export const taskKey = ({ results }: Folders, id: string): string =>
  resolve(join(results, id)).replaceAll('%', '%25').replaceAll(':', '%3A')
