// TF.js registers its gradients only when this package is imported; training needs them, synthesis does
// not and starts faster without.
import '@tensorflow/tfjs'
