/**
 * Training in several processes: who they are, and how numbers are added up over them.
 * @module
 */
export { alone, type Communicator } from './communicator.js'
export { joinMpi } from './mpi/communicator.js'
