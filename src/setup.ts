/** What every entry point of the package needs once: the operations as methods of `Tensor`, and a backend to start with. */
import './autograd/methods.js'
import './defaultBackend.js'
