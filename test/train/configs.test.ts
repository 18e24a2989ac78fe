import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { modelOptions } from '../../src/train/build.js'
import { readConfig, yamlLayer } from '../../src/train/readConfig.js'

const folder = fileURLToPath(new URL('../../configs/', import.meta.url))
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml')) // those of detectors are in a folder of their own

beforeAll(() => setBackend(new ReferenceBackend()))

describe('configs/', () => {
  it.each(files)('%s passes the schema and its model can be built', (file) => {
    const config = readConfig(yamlLayer(folder + file))
    createModel(config.model, { ...modelOptions(config), seed: 0 })
    if (file !== 'finetune.yaml') {
      expect(file.replace(/-9\d\.yaml$/, '.yaml')).toBe(`${config.model}.yaml`)
    }
  })
})
