#include "sets.h"

const struct whiplash_kernels *whiplash_kernels_at(size_t index) {
    const struct whiplash_kernels *sets[3] = {&whiplash_plain_kernels};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets[1] = &whiplash_avx2_kernels;
#elif defined(__aarch64__)
    sets[1] = &whiplash_neon_kernels;
#endif
    return index < 2 ? sets[index] : NULL;
}

const struct whiplash_kernels *whiplash_best_kernels(void) {
    const struct whiplash_kernels *fast = whiplash_kernels_at(1);
    return fast ? fast : &whiplash_plain_kernels;
}
