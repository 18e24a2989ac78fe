import type { Picture } from './picture.js'

/** The pictures by the names that lessons give them: `<!-- picture: tape -->`. Each is fetched when it is wanted. */
export const pictures: Readonly<Record<string, () => Promise<Picture<never>>>> = {
  tape: () => import('./tape.js').then(({ tape }) => tape),
  broadcasting: () => import('./broadcasting.js').then(({ broadcasting }) => broadcasting),
  boundary: () => import('./boundary.js').then(({ boundary }) => boundary),
  convolution: () => import('./convolution.js').then(({ convolution }) => convolution),
  'batch-norm': () => import('./batchNorm.js').then(({ batchNorm }) => batchNorm),
  ghosts: () => import('./ghosts.js').then(({ ghosts }) => ghosts),
  descent: () => import('./descent.js').then(({ descent }) => descent),
  depth: () => import('./depth.js').then(({ depth }) => depth),
  cost: () => import('./cost.js').then(({ cost }) => cost),
  speed: () => import('./speed.js').then(({ speed }) => speed),
}
