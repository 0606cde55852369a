// The scan of sketches on x86-64 with AVX-512, in a layout of its own: a lookup among 64 entries does four bytes of a row at once, and one
// instruction adds up what they found.
#include "sets.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vnni")))
#define INLINE_AVX512 static inline __attribute__((always_inline, target("avx512f,avx512bw,avx512vbmi,avx512vnni")))

// MARK: - Codes by words
//
// Four bytes of a row stand together, behind them those of the next row: 128 bytes for the block's rows, and then their next four bytes.

/// The bytes of one word of every row.
enum { BLOCK_WORD_BYTES = 4 * WHIPLASH_BLOCK_ROWS };

void whiplash_put_codes_avx512(uint8_t *block, size_t row, const uint8_t *codes, size_t byte_count) {
    for (size_t byte = 0; byte < byte_count; byte += 4) {
        memcpy(block + byte * WHIPLASH_BLOCK_ROWS + row * 4, codes + byte, 4);
    }
}

void whiplash_get_codes_avx512(const uint8_t *block, size_t row, uint8_t *codes, size_t byte_count) {
    for (size_t byte = 0; byte < byte_count; byte += 4) {
        memcpy(codes + byte, block + byte * WHIPLASH_BLOCK_ROWS + row * 4, 4);
    }
}

// MARK: - Sums

struct block_sums {
    __m512i halves[2];
};

INLINE_AVX512 void double_sums(struct block_sums *sums) {
    for (int half = 0; half < 2; half++) sums->halves[half] = _mm512_slli_epi32(sums->halves[half], 1);
}

/// The sums of 16 rows in order, of what low nibbles add and of what high ones do.
struct sums16 {
    __m512i low, high;
};

/// The entries that nibbles choose, each byte among the 16 that its place in the word is for.
INLINE_AVX512 __m512i chosen(__m512i nibbles, __m512i entries) {
    const __m512i nibble = _mm512_set1_epi8(15), tables = _mm512_set1_epi32(0x30201000);
    return _mm512_permutexvar_epi8(_mm512_or_si512(_mm512_and_si512(nibbles, nibble), tables), entries);
}

/// Adds the entries of one plane to the sums of the 32 rows, weighted by 2^`shift`, and asks for what lies `ahead` bytes behind.
INLINE_AVX512 void add_plane(
    struct block_sums *totals, const uint8_t *words, const uint8_t *table, size_t byte_count, int shift, size_t ahead) {
    const __m512i ones = _mm512_set1_epi8(1);
    struct sums16 sums[2] = {
        {_mm512_setzero_si512(), _mm512_setzero_si512()}, {_mm512_setzero_si512(), _mm512_setzero_si512()}};
#pragma clang loop unroll_count(2)
    for (size_t word = 0; word < byte_count / 4; word++) {
        __m512i low = _mm512_loadu_si512(table + word * 128), high = _mm512_loadu_si512(table + word * 128 + 64);
        for (size_t half = 0; half < 2; half++) {
            const uint8_t *start = words + word * BLOCK_WORD_BYTES + half * 64;
            _mm_prefetch((const char *)(start + ahead), _MM_HINT_T0);
            __m512i codes = _mm512_loadu_si512(start);
            sums[half].low = _mm512_dpbusd_epi32(sums[half].low, chosen(codes, low), ones);
            sums[half].high = _mm512_dpbusd_epi32(sums[half].high, chosen(_mm512_srli_epi16(codes, 4), high), ones);
        }
    }
    const __m128i weight = _mm_cvtsi32_si128(shift);
    for (int half = 0; half < 2; half++) {
        __m512i sum = _mm512_add_epi32(sums[half].low, sums[half].high);
        totals->halves[half] = _mm512_add_epi32(totals->halves[half], _mm512_sll_epi32(sum, weight));
    }
}

/// What the sums of 16 rows become.
INLINE_AVX512 __m512 ranks_of_sixteen(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    __m512i sums) {
    __m512 rank = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_set1_ps(terms->slope));
    rank = _mm512_add_ps(rank, _mm512_set1_ps(terms->offset));
    rank = _mm512_mul_ps(rank, _mm512_loadu_ps(factors));
    rank = _mm512_add_ps(rank, _mm512_mul_ps(_mm512_loadu_ps(factors + 32), _mm512_set1_ps(terms->reach)));
    if (query->has_norm) {
        __m512 norm = _mm512_loadu_ps(factors + 64);
        norm = _mm512_mul_ps(_mm512_mul_ps(norm, norm), _mm512_set1_ps(query->norm_weight));
        rank = _mm512_sub_ps(rank, norm);
    }
    return rank;
}

/// The bits of 16 rows that are to be seen.
INLINE_AVX512 uint32_t seen_of_sixteen(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    __m512i sums) {
    __m512 ranks = ranks_of_sixteen(query, terms, factors, sums);
    return _mm512_cmp_ps_mask(ranks, _mm512_set1_ps(query->threshold), _CMP_NLT_UQ);
}

/// The bits of a block's rows that are to be seen.
INLINE_AVX512 uint32_t seen_rows(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    const struct block_sums *sums) {
    return seen_of_sixteen(query, terms, factors, sums->halves[0]) |
           seen_of_sixteen(query, terms, factors + 16, sums->halves[1]) << 16;
}

/// What 16 rows' sums become, but for those that are not wanted.
INLINE_AVX512 __m512 wanted_ranks(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    __m512i sums, __mmask16 wanted) {
    // Of what is not a number and a number the minimum is the latter.
    __m512 ranks = _mm512_min_ps(ranks_of_sixteen(query, terms, factors, sums), _mm512_set1_ps(INFINITY));
    return _mm512_mask_mov_ps(_mm512_set1_ps(-INFINITY), wanted, ranks);
}

INLINE_AVX512 float greatest_rank(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    const struct block_sums *sums, uint32_t wanted) {
    return _mm512_reduce_max_ps(_mm512_max_ps(
        wanted_ranks(query, terms, factors, sums->halves[0], (__mmask16)wanted),
        wanted_ranks(query, terms, factors + 16, sums->halves[1], (__mmask16)(wanted >> 16))));
}

#define TARGET AVX512
#include "scan.h"

void whiplash_top_ranks_avx512(
    const struct whiplash_sketch_query *query, const struct whiplash_blocks *blocks, float *ranks) {
    top_ranks(query, blocks, ranks);
}

size_t whiplash_scan_sketches_avx512(
    const struct whiplash_sketch_query *query, const struct whiplash_blocks *blocks, const uint32_t *numbers, size_t count,
    struct whiplash_seen_row *seen) {
    return scan_sketches(query, blocks, numbers, count, seen);
}
#endif
