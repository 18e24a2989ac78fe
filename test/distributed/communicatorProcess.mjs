/** One of the processes of `communicator.test.ts`: what it was given and what came of it, as a line of JSON. */
import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { joinMpi } from '../../dist/src/distributed/index.js'
import { Generator } from '../../dist/src/index.js'

const communicator = await joinMpi()
const { rank, size, localSize, description } = communicator
const [lengths, failing] = [JSON.parse(process.argv[2]), process.argv[3]]
const digest = (values) => createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex')

const sums = lengths.map(({ type, length }) => {
  const generator = new Generator(rank)
  const values = globalThis[type].from({ length }, () => generator.normal() * 10 ** generator.integer(6))
  communicator.allReduce(values)
  return digest(values)
})

const bytes = Uint8Array.of(rank, 2, 3)
communicator.broadcast(bytes)

if (failing === String(rank)) {
  console.error(`rank ${rank} gives up`)
  communicator.abort(7)
}
const start = process.cpuUsage()
const told = await communicator.fromRoot(async () => {
  await setTimeout(400)
  return { by: rank, text: 'ä', numbers: [0.1, null] }
})
const { user, system } = process.cpuUsage(start)

console.log(
  JSON.stringify({
    rank,
    size,
    localSize,
    description,
    sums,
    bytes: [...bytes],
    told,
    milliseconds: (user + system) / 1000,
  }),
)
communicator.close()
