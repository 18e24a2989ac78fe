/** The package as a snippet may import it: without what reads files or starts programs. */

import { loadSample } from '../../playground/worker/sample.js'
import * as functional from '../../src/autograd/functional.js'
import { cifarClasses, cifarMean, cifarStd } from '../../src/data/cifarRecords.js'
import { classScores } from '../../src/data/classReport.js'
import type { ImageDataset } from '../../src/data/dataset.js'
import { DataLoader, type LoaderOptions } from '../../src/data/loader.js'
import { accuracy, confusionMatrix, Meter, topKAccuracy } from '../../src/data/metrics.js'
import { augmentByName, augmentPresets, writeExample } from '../../src/data/transforms.js'
import { explain } from '../../src/explain/explain.js'
import type { Explanation } from '../../src/explain/explanation.js'
import { parseExpression, parseVariable } from '../../src/explain/expression/expression.js'
import * as core from '../../src/index.js'
import * as models from '../../src/models/index.js'
import * as nn from '../../src/nn/index.js'
import * as optim from '../../src/optim/index.js'
import { ConfigError } from '../../src/tensor/errors.js'
import { PageWasmBackend } from './backends.js'
import type { Modules } from './program.js'

/** A loader without a thread of its own. */
class PageDataLoader extends DataLoader {
  constructor(dataset: ImageDataset, options: LoaderOptions) {
    super(dataset, { ...options, worker: false })
  }
}

async function loadDataset(name: string): Promise<{ train: ImageDataset; test: ImageDataset }> {
  if (name !== 'cifar10-sample') {
    throw new ConfigError(`data: a page has only cifar10-sample, got "${name}"; the command line has the others`)
  }
  const [train, test] = await Promise.all([loadSample('train'), loadSample('test')])
  return { train, test }
}

const data = {
  ...{ accuracy, augmentByName, augmentPresets, cifarClasses, cifarMean, cifarStd, classScores, confusionMatrix },
  ...{ DataLoader: PageDataLoader, loadDataset, Meter, topKAccuracy, writeExample },
}

/** @param onExplained told each explanation that a snippet asks for */
export const modulesFor = (onExplained: (explanation: Explanation) => void): Modules => ({
  ghostgrad: { ...core, WasmBackend: PageWasmBackend },
  'ghostgrad/functional': functional,
  'ghostgrad/nn': nn,
  'ghostgrad/optim': optim,
  'ghostgrad/models': models,
  'ghostgrad/data': data,
  'ghostgrad/explain': {
    parseExpression,
    parseVariable,
    explain: (...args: Parameters<typeof explain>) => {
      const explanation = explain(...args)
      onExplained(explanation)
      return explanation
    },
  },
})
