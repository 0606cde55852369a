internal import CKernels

/// The inner loops for this machine, chosen when first used.
// A table of functions that nothing ever writes.
nonisolated(unsafe) let kernels = whiplash_best_kernels().pointee
