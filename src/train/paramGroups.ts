import { z } from 'zod'
import { atLeastZero, fraction, oneOf, positive, texts, whole, yesOrNo } from './fields.js'

/** The rules of an update. */
export const optimizerNames = ['sgd', 'adamw', 'muon'] as const

/** The courses of a learning rate. */
export const scheduleNames = ['cosine', 'linear', 'multistep', 'onecycle', 'constant'] as const

const groupSchema = z.strictObject({
  params: texts('patterns for names of parameters'),
  optimizer: oneOf(optimizerNames).optional(),
  lr: positive().optional(),
  momentum: fraction().optional(),
  nesterov: yesOrNo().optional(),
  weightDecay: atLeastZero().optional(),
  nsSteps: whole(1).optional(),
  normalizeFilters: yesOrNo().optional(),
  schedule: oneOf(scheduleNames).optional(),
  warmupEpochs: atLeastZero().optional(),
  minLr: atLeastZero().optional(),
  epochs: whole(1).optional(),
})

/** Parameters that are trained otherwise than the rest; what is left out is as for the rest. */
export type ParamGroup = z.output<typeof groupSchema>

/**
 * `conv1.bias *.bn.bias optimizer=sgd lr=0.05 epochs=3`: patterns, then settings. What is no setting's value stays
 * text, and the schema refuses it.
 */
function parseGroup(text: string): unknown {
  const words = text.trim().split(/\s+/)
  const settings = words.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string])
  const entries = settings.map(([key, value]) => [key, parseValue(value)])
  return { params: words.filter((word) => !word.includes('=')), ...Object.fromEntries(entries) }
}

function parseValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return text === '' || Number.isNaN(Number(text)) ? text : Number(text)
}

/** A list of groups, each an object or a text. */
export function paramGroups() {
  const known = Object.keys(groupSchema.shape).slice(1).join(', ')
  const error = `expected groups such as "*.bias optimizer=sgd lr=0.05", with patterns for names of parameters, then some of ${known}`
  return z
    .array(z.unknown(), { error })
    .min(1, { error })
    .transform((list, context) => {
      const groups: ParamGroup[] = []
      for (const item of list) {
        const result = groupSchema.safeParse(typeof item === 'string' ? parseGroup(item) : item)
        if (result.success) {
          groups.push(result.data)
          continue
        }
        const issue = result.error.issues[0]!
        const where = issue.path.join('.')
        context.addIssue({ code: 'custom', message: `${error} (${where ? `${where}: ` : ''}${issue.message})` })
        return z.NEVER
      }
      return groups
    })
}
