#include "sets.h"

const struct whiplash_kernels *whiplash_kernels_at(size_t index) {
    const struct whiplash_kernels *sets[4] = {&whiplash_plain_kernels};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        sets[1] = &whiplash_avx2_kernels;
        if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi") &&
            __builtin_cpu_supports("avx512vnni")) {
            sets[2] = &whiplash_avx512_kernels;
        }
    }
#elif defined(__aarch64__)
    sets[1] = &whiplash_neon_kernels;
#endif
    return index < 3 ? sets[index] : NULL;
}

const struct whiplash_kernels *whiplash_best_kernels(void) {
    size_t last = 0;
    while (whiplash_kernels_at(last + 1)) last++;
    return whiplash_kernels_at(last);
}
