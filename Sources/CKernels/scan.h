// `scan_sketches`, written once for every set, which includes this behind its own
//
//     #define TARGET: the instructions it may use
//     struct block_sums: the sums of a block's 32 rows, int32 in order
//     TARGET static inline void double_sums(sums)
//     TARGET static inline void add_plane(sums, codes, table, byte_count, shift, ahead): adds what a table has for the codes of one plane, 2^shift
//         times, and asks for the memory `ahead` bytes behind what it reads
//     TARGET static inline uint32_t seen_rows(query, terms, factors, sums): the bits of the block's rows that are to be seen
#include "sets.h"

/// How many blocks ahead memory is asked for: it takes as long to come as the scan of some kilobytes.
static inline size_t blocks_ahead(const struct whiplash_sketch_query *query) {
    size_t blocks = 8192 / (query->byte_count * WHIPLASH_BLOCK_ROWS);
    return blocks ? blocks : 1;
}

/// The blocks of a strip that are looked at to the end.
struct strip {
    size_t count;
    size_t blocks[WHIPLASH_STRIP_BLOCKS];
    uint32_t wanted[WHIPLASH_STRIP_BLOCKS];
    struct block_sums sums[WHIPLASH_STRIP_BLOCKS];
};

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

/// Chooses by the planes from `plane` on, and notes what they sum to. Without a branch for it: which block is chosen cannot be foretold.
TARGET static inline void choose_blocks(
    const struct whiplash_sketch_query *query, const struct whiplash_blocks *blocks, size_t first, size_t end,
    size_t plane, struct strip *strip) {
    size_t block_bytes = sketch_block_bytes(query), ahead = blocks_ahead(query) * block_bytes, count = 0;
    for (size_t number = first; number < end; number++) {
        uint32_t wanted = wanted_rows(blocks, number);
        if (!wanted) continue;
        const uint8_t *block = blocks->bytes + number * block_bytes;
        struct block_sums sums = {0};
        sum_planes(query, block, plane, query->plane_count, &sums, ahead);
        strip->blocks[count] = number;
        strip->wanted[count] = wanted;
        strip->sums[count] = sums;
        if (query->is_staged) wanted &= seen_rows(query, &query->top_terms, factors_of(query, block), &sums);
        count += wanted != 0;
    }
    strip->count = count;
}

TARGET static size_t scan_sketches(
    const struct whiplash_sketch_query *given, const struct whiplash_blocks *blocks, size_t first, size_t end,
    struct whiplash_seen_row *seen) {
    // A copy, of which it is plain that no sum is stored into it: what it says is then looked up once.
    const struct whiplash_sketch_query copy = *given, *query = &copy;
    size_t block_bytes = sketch_block_bytes(query), found = 0;
    size_t decided = query->plane_count - (query->is_staged ? 1 : 0);
    // Chosen blocks lie apart, and the next one alone is asked for; where all are, this goes on into the next strip.
    size_t blocks_on = query->is_staged ? 1 : blocks_ahead(query);
    struct strip strip;
    choose_blocks(query, blocks, first, end, decided, &strip);
    for (size_t index = 0; index < strip.count; index++) {
        size_t number = strip.blocks[index];
        size_t next = index + blocks_on < strip.count ? strip.blocks[index + blocks_on] : number + blocks_on;
        const uint8_t *block = blocks->bytes + number * block_bytes;
        struct block_sums sums = strip.sums[index];
        sum_planes(query, block, 0, decided, &sums, (next - number) * block_bytes);
        uint32_t rows = strip.wanted[index] & seen_rows(query, &query->terms, factors_of(query, block), &sums);
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
