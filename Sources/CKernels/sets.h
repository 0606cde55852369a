// The sets there are, and what they share.
#ifndef WHIPLASH_SETS_H
#define WHIPLASH_SETS_H

#include <math.h>
#include <string.h>

#include "CKernels.h"

// Products are never fused with sums unless a kernel says so: results are to be the same on every machine.
#pragma STDC FP_CONTRACT OFF

extern const struct whiplash_kernels whiplash_plain_kernels;
size_t whiplash_pack_floats(const float *values, size_t count, uint8_t *packed);
size_t whiplash_unpack_floats(const uint8_t *packed, size_t byte_count, size_t count, float *values);
#if defined(__x86_64__)
extern const struct whiplash_kernels whiplash_avx2_kernels;
extern const struct whiplash_kernels whiplash_avx512_kernels;
size_t whiplash_pack_floats_avx2(const float *values, size_t count, uint8_t *packed);
size_t whiplash_unpack_floats_avx2(const uint8_t *packed, size_t byte_count, size_t count, float *values);

/// The kernels in which twice the width of AVX2 pays, and their layout.
void whiplash_put_codes_avx512(uint8_t *block, size_t row, const uint8_t *codes, size_t byte_count);
void whiplash_get_codes_avx512(const uint8_t *block, size_t row, uint8_t *codes, size_t byte_count);
void whiplash_top_ranks_avx512(
    const struct whiplash_sketch_query *query, const struct whiplash_blocks *blocks, float *ranks);
size_t whiplash_scan_sketches_avx512(
    const struct whiplash_sketch_query *query, const struct whiplash_blocks *blocks, const uint32_t *numbers, size_t count,
    struct whiplash_seen_row *seen);
#elif defined(__aarch64__)
extern const struct whiplash_kernels whiplash_neon_kernels;
#endif

/// The bits of the rows of a block that are there and included.
static inline uint32_t wanted_rows(const struct whiplash_blocks *blocks, size_t block) {
    size_t left = blocks->row_count - block * WHIPLASH_BLOCK_ROWS;
    uint32_t rows = left < WHIPLASH_BLOCK_ROWS ? ((uint32_t)1 << left) - 1 : UINT32_MAX;
    if (blocks->included) rows &= (uint32_t)(blocks->included[block / 2] >> (block % 2 * WHIPLASH_BLOCK_ROWS));
    return rows;
}

static inline size_t block_count(const struct whiplash_blocks *blocks) {
    return (blocks->row_count + WHIPLASH_BLOCK_ROWS - 1) / WHIPLASH_BLOCK_ROWS;
}

/// The bytes of a block before its factors.
static inline size_t code_bytes(const struct whiplash_sketch_query *query) {
    return query->plane_count * query->byte_count * WHIPLASH_BLOCK_ROWS;
}

static inline size_t sketch_block_bytes(const struct whiplash_sketch_query *query) {
    return code_bytes(query) + (query->has_norm ? 3 : 2) * WHIPLASH_BLOCK_ROWS * sizeof(float);
}

// MARK: - Codes by nibbles
//
// The layout of every set whose lookups take 16 entries: the nibbles that one table is for stand together, for all rows of the block. Group `n` of
// 16 bytes goes with the 16 entries at `n` of the query's table; its byte `r` has the nibble of row `r` in its low half and that of row
// `r + 16` in its high one.

/// Where the low nibble of a byte stands in its block, and in a query's table; that of its high one is 64 bytes on.
static inline size_t nibble_group(size_t byte) { return byte / 4 * 128 + byte % 4 * 16; }

static inline void put_nibbles(uint8_t *block, size_t row, const uint8_t *codes, size_t byte_count) {
    int shift = row < 16 ? 0 : 4, kept = row < 16 ? 0xf0 : 0x0f;
    for (size_t byte = 0; byte < byte_count; byte++) {
        uint8_t *low = block + nibble_group(byte) + row % 16, *high = low + 64;
        *low = (uint8_t)((*low & kept) | (codes[byte] & 15) << shift);
        *high = (uint8_t)((*high & kept) | (codes[byte] >> 4) << shift);
    }
}

static inline void get_nibbles(const uint8_t *block, size_t row, uint8_t *codes, size_t byte_count) {
    int shift = row < 16 ? 0 : 4;
    for (size_t byte = 0; byte < byte_count; byte++) {
        const uint8_t *low = block + nibble_group(byte) + row % 16;
        codes[byte] = (uint8_t)((low[0] >> shift & 15) | (low[64] >> shift & 15) << 4);
    }
}

// MARK: - Sums

/// Lanes in order, from the first.
static inline double sum_of_lanes(const double lanes[WHIPLASH_LANES]) {
    double sum = lanes[0];
    for (int lane = 1; lane < WHIPLASH_LANES; lane++) sum += lanes[lane];
    return sum;
}

/// The last elements of a vector, filled up with zeros.
static inline void copy_tail(const float *vector, size_t count, float tail[WHIPLASH_LANES]) {
    for (size_t lane = 0; lane < WHIPLASH_LANES; lane++) tail[lane] = lane < count ? vector[lane] : 0;
}

/// Eight packed codes as a number, the first lowest. No byte behind the last of `end` is read.
static inline uint64_t load_packed(const uint8_t *packed, const uint8_t *end) {
    uint64_t eight = 0;
    if (end - packed >= 8) {
        __builtin_memcpy(&eight, packed, 8);
    } else {
        for (int byte = 0; packed + byte < end; byte++) eight |= (uint64_t)packed[byte] << 8 * byte;
    }
    return eight;
}

/// Every set's `pack_codes`.
static inline void pack_eights(const uint8_t *codes, size_t count, int bits, uint8_t *packed) {
    for (size_t index = 0; index < count; index += 8) {
        uint64_t eight = 0;
        for (int code = 0; code < 8; code++) eight |= (uint64_t)codes[index + code] << bits * code;
        for (int byte = 0; byte < bits; byte++, eight >>= 8) *packed++ = (uint8_t)eight;
    }
}

/// The ranks of a block of vectors. Its loops over rows become vectors of the caller's instruction set.
static inline __attribute__((always_inline)) uint32_t rank_vectors(
    const struct whiplash_vector_query *query, const float *block, double *ranks) {
    double products[WHIPLASH_BLOCK_ROWS] = {0}, squares[WHIPLASH_BLOCK_ROWS] = {0};
    for (size_t index = 0; index < query->dimension; index++) {
        const float *components = block + index * WHIPLASH_BLOCK_ROWS;
        for (int row = 0; row < WHIPLASH_BLOCK_ROWS; row++) {
            double component = components[row];
            products[row] += component * query->query[index];
            squares[row] += component * component;
        }
    }
    uint32_t seen = 0;
    for (int row = 0; row < WHIPLASH_BLOCK_ROWS; row++) {
        ranks[row] = query->is_euclidean ? 2 * products[row] - squares[row] : products[row];
        seen |= (uint32_t)!(ranks[row] < query->threshold) << row;
    }
    return seen;
}

/// The body of `scan_vectors`.
static inline __attribute__((always_inline)) size_t scan_vector_blocks(
    const struct whiplash_vector_query *query, const struct whiplash_blocks *blocks, size_t first,
    double *ranks, uint32_t *seen) {
    size_t count = block_count(blocks), block_floats = query->dimension * WHIPLASH_BLOCK_ROWS;
    for (size_t block = first; block < count; block++) {
        uint32_t wanted = wanted_rows(blocks, block);
        if (!wanted) continue;
        *seen = wanted & rank_vectors(query, (const float *)(const void *)blocks->bytes + block * block_floats, ranks);
        if (*seen) return block;
    }
    *seen = 0;
    return count;
}

#endif
