// The scan of sketches, written once for every set, which includes this behind its own
//
//     #define TARGET: the instructions it may use
//     struct block_sums: the sums of a block's 32 rows, int32 in order
//     TARGET static inline void double_sums(sums)
//     TARGET static inline void add_plane(sums, codes, table, byte_count, shift, ahead): adds what a table has for the codes of one plane, 2^shift
//         times, and asks for the memory `ahead` bytes behind what it reads
//     TARGET static inline uint32_t seen_rows(query, terms, factors, sums): the bits of the block's rows that are to be seen
//     TARGET static inline float greatest_rank(query, terms, factors, sums, wanted): what the sums of the rows of these bits become at most;
//         infinite where it is not a number
#include "sets.h"

/// How many blocks ahead memory is asked for: it takes as long to come as the scan of some kilobytes.
static inline size_t blocks_ahead(size_t bytes) { return bytes < 8192 ? 8192 / bytes : 1; }

static inline const float *factors_of(const struct whiplash_sketch_query *query, const uint8_t *block) {
    return (const float *)(const void *)(block + code_bytes(query));
}

/// Takes the planes from `end` - 1 down to `first` of a block, each time to twice the sums so far. Inlined in any case: else the sums go through
/// memory for each plane.
TARGET static inline __attribute__((always_inline)) void sum_planes(
    const struct whiplash_sketch_query *query, const uint8_t *block, size_t first, size_t end,
    struct block_sums *sums, size_t ahead) {
    for (size_t plane = end; plane-- > first;) {
        const uint8_t *codes = block + plane * query->byte_count * WHIPLASH_BLOCK_ROWS;
        double_sums(sums);
        add_plane(sums, codes, query->table, query->byte_count, 0, ahead);
        if (query->high_table) add_plane(sums, codes, query->high_table, query->byte_count, 8, ahead);
    }
}

TARGET static void top_ranks(
    const struct whiplash_sketch_query *given, const struct whiplash_blocks *blocks, float *ranks) {
    // A copy, of which it is plain that no rank is stored into it: what it says is then looked up once.
    const struct whiplash_sketch_query copy = *given, *query = &copy;
    size_t block_bytes = sketch_block_bytes(query), count = block_count(blocks), top = query->plane_count - 1;
    size_t ahead = blocks_ahead(query->byte_count * WHIPLASH_BLOCK_ROWS) * block_bytes;
    for (size_t number = 0; number < count; number++) {
        uint32_t wanted = wanted_rows(blocks, number);
        ranks[number] = NAN;
        if (!wanted) continue;
        const uint8_t *block = blocks->bytes + number * block_bytes;
        struct block_sums sums = {0};
        sum_planes(query, block, top, query->plane_count, &sums, ahead);
        ranks[number] = greatest_rank(query, &query->top_terms, factors_of(query, block), &sums, wanted);
    }
}

TARGET static size_t scan_sketches(
    const struct whiplash_sketch_query *given, const struct whiplash_blocks *blocks, const uint32_t *numbers, size_t count,
    struct whiplash_seen_row *seen) {
    const struct whiplash_sketch_query copy = *given, *query = &copy;
    size_t block_bytes = sketch_block_bytes(query), blocks_on = blocks_ahead(block_bytes), found = 0;
    for (size_t index = 0; index < count; index++) {
        size_t number = numbers[index];
        uint32_t rows = wanted_rows(blocks, number);
        if (!rows) continue;
        // Blocks lie apart or side by side; behind the last the next ones are asked for.
        size_t next = index + blocks_on < count ? numbers[index + blocks_on] : number + blocks_on;
        const uint8_t *block = blocks->bytes + number * block_bytes;
        struct block_sums sums = {0};
        sum_planes(query, block, 0, query->plane_count, &sums, (next - number) * block_bytes);
        rows &= seen_rows(query, &query->terms, factors_of(query, block), &sums);
        if (!rows) continue;
        int32_t row_sums[WHIPLASH_BLOCK_ROWS];
        memcpy(row_sums, &sums, sizeof(row_sums));
        for (; rows; rows &= rows - 1) {
            uint32_t row = (uint32_t)__builtin_ctz(rows);
            seen[found++] = (struct whiplash_seen_row){(uint32_t)(number * WHIPLASH_BLOCK_ROWS) + row, row_sums[row]};
        }
    }
    return found;
}
