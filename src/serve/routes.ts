import { version } from '../train/machine.js'
import type { Analyst } from './analysis/analyst.js'
import type { Question } from './analysis/job.js'
import { differences } from './differences.js'
import type { WatchedRun } from './watchedRun.js'
import type { Watcher } from './watcher.js'

/** A question that cannot be answered as it is asked. */
export class RequestError extends Error {
  constructor(
    readonly status: 400 | 404,
    message: string,
  ) {
    super(message)
  }
}

export interface Services {
  watcher: Watcher
  analyst: Analyst
}

type Answer = (services: Services, query: URLSearchParams) => Promise<string>

const json = (value: unknown): string => JSON.stringify(value)

/** What can be asked by `/api/<name>`; the answer is JSON. */
export const routes: Readonly<Record<string, Answer>> = {
  runs: async ({ watcher }) => json({ version, root: watcher.root, runs: await watcher.list() }),
  run: async ({ watcher }, query) => json((await runOf(watcher, query)).info),
  curves: async ({ watcher }, query) => json(await (await runOf(watcher, query)).curves()),
  differences: async ({ watcher }, query) => {
    const runs = await Promise.all(query.getAll('run').map((id) => runById(watcher, id)))
    return json(differences(runs.map(({ info }) => info!.config)))
  },
  evaluation: (services, query) => analyse(services, query, { kind: 'evaluation' }),
  histograms: (services, query) => analyse(services, query, { kind: 'histograms' }),
  layers: (services, query) => analyse(services, query, { kind: 'layers' }),
  maps: (services, query) => {
    const image = Number(parameter(query, 'image'))
    return analyse(services, query, { kind: 'maps', image, layer: parameter(query, 'layer') })
  },
}

/** Only runs that were found are known: a name leads nowhere else. */
const runOf = (watcher: Watcher, query: URLSearchParams): Promise<WatchedRun> =>
  runById(watcher, parameter(query, 'run'))

async function runById(watcher: Watcher, id: string): Promise<WatchedRun> {
  if (watcher.runs.size === 0) await watcher.list()
  const run = watcher.runs.get(id)
  if (!run) throw new RequestError(404, 'there is no such run (any more)')
  return run
}

function parameter(query: URLSearchParams, name: string): string {
  const value = query.get(name)
  if (value === null || value === '') throw new RequestError(400, `${name} is missing`)
  return value
}

async function analyse({ watcher, analyst }: Services, query: URLSearchParams, question: Question): Promise<string> {
  const run = await runOf(watcher, query)
  const { weights } = await run.refresh()
  if (weights === null) throw new RequestError(404, 'this run has no weights yet: they come with its first checkpoint')
  const { dataDir, batchSize } = run.info!.config
  return analyst.ask(
    {
      ...question,
      folder: run.folder,
      dataDir: typeof dataDir === 'string' ? dataDir : null,
      batchSize: typeof batchSize === 'number' ? batchSize : 128,
    },
    weights,
  )
}
