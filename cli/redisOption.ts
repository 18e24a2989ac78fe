import { Option } from 'commander'
import { defaultRedis } from '../src/experiments/executors/bullmq/redis.js'

/** A password is better given by the variable: a command line can be read by every user of the machine. */
export const redisOption = (): Option =>
  new Option('--redis <url>', 'bullmq: where Redis is').env('REDIS_URL').default(defaultRedis)
