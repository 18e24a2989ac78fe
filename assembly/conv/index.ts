/** The kernels of convolutions; the host side chooses among them in `src/tensor/wasm/conv`. */
export { depthwise } from './depthwise'
export { depthwiseWeightGrad } from './depthwiseWeightGrad'
export { convDirect } from './direct'
export { convDirectWeightGrad, convDirectWeightGradEnd } from './directWeightGrad'
export { convBias, convPack } from './pack'
export { winograd4, winograd4Weights } from './winograd'
export { winograd2, winograd2WeightGrad, winograd2Weights } from './winograd2'
export { winograd4WeightGrad, winograd4WeightGradEnd } from './winogradWeightGrad'
