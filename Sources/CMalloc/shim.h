#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Lets all threads share so many arenas; other C libraries have none. Swift does not see malloc.h in its module of the C library. */
static inline void whiplash_limit_arenas(int count) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, count);
#else
    (void)count;
#endif
}
