/**
 * The paper's tables as data, and what it takes to compute them: rows, recipes, jobs, results.
 * @module
 */
import '../setup.js'

export { type AdoptOptions, adoptRun } from './adopt.js'
export { agrees, assembleTable, type Cell, type ReportLine, type ReportOptions, type TableReport } from './assemble.js'
export { type Claim, claims, type Verdict } from './claims.js'
export { type Executor, type ExecutorContext, jobExit } from './executor.js'
export { type ExecutorOptions, executors } from './executors/index.js'
export { defaultFolders, type Folders, jobResult, resultFile, runFolder } from './folders.js'
export { type Changes, type Job, jobConfig, jobId, parseJobId, recipeLabel } from './job.js'
export { jobsOf } from './jobs.js'
export { Lock, type LockOwner, lockOwner } from './lock.js'
export { type Accuracy, accuracyOf, noiseOf } from './measure.js'
export { type PaperLine, type PaperTable, type Printed, paperTables } from './paper.js'
export { type RecipeName, recipeNames, recipes } from './recipes.js'
export { type Result, readResult, readResults, writeResult } from './result.js'
export {
  canRun,
  type Network,
  networkOf,
  type QuotedRow,
  type Row,
  type RunRow,
  rowOf,
  rows,
  type StructureRow,
} from './rows.js'
export { type JobOptions, type JobOutcome, runJob } from './runJob.js'
export {
  publishedSpeedruns,
  readSpeedrun,
  runSpeedrun,
  type SpeedrunJob,
  type SpeedrunOptions,
  type SpeedrunResult,
  type SpeedrunRow,
  speedrunConfig,
  speedrunId,
  speedrunRow,
  speedrunRows,
} from './speedrun.js'
export { type JobProgress, type JobStatus, jobStatus } from './status.js'
export { countNetwork, type Structure, structureOf } from './structure.js'
