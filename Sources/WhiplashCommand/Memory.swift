internal import CMalloc

/// Lets all threads share two of the C library's arenas, before there are any.
///
/// By default it makes up to eight for each core, and each keeps what a large request once took.
func keepFewArenas() { whiplash_limit_arenas(2) }
