// The scan of sketches on x86-64 with AVX-512, as AVX2's has it, two groups and sixteen rows at a time.
#include "sets.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw")))
#define INLINE_AVX512 static inline __attribute__((always_inline, target("avx512f,avx512bw")))

/// A word holds the entries of this many groups, of which each of its two halves has had every other one.
enum { GROUPS_AT_ONCE = 256 };

/// Sums of 16 rows' entries in four lanes: even rows, with what the odd ones add too much, and odd rows.
struct sums16 {
    __m512i even, odd;
};

INLINE_AVX512 void add_entries(struct sums16 *sums, __m512i entries) {
    sums->even = _mm512_add_epi16(sums->even, entries);
    sums->odd = _mm512_add_epi16(sums->odd, _mm512_srli_epi16(entries, 8));
}

/// Adds the entries of two groups: those that the low halves of the bytes choose, and the high ones.
INLINE_AVX512 void add_groups(struct sums16 *low, struct sums16 *high, __m512i codes, __m512i entries) {
    const __m512i nibble = _mm512_set1_epi8(15);
    add_entries(low, _mm512_shuffle_epi8(entries, _mm512_and_si512(codes, nibble)));
    add_entries(high, _mm512_shuffle_epi8(entries, _mm512_and_si512(_mm512_srli_epi16(codes, 4), nibble)));
}

/// The sum of the two halves, of which each holds words for two lanes.
INLINE_AVX512 __m256i halves(__m512i words) {
    return _mm256_add_epi16(_mm512_castsi512_si256(words), _mm512_extracti64x4_epi64(words, 1));
}

/// The sums of 16 rows in order, weighted by 2^`shift`.
INLINE_AVX512 __m512i in_order(struct sums16 sums, int shift) {
    __m256i odd = halves(sums.odd), even = _mm256_sub_epi16(halves(sums.even), _mm256_slli_epi16(odd, 8));
    __m512i first = _mm512_cvtepu16_epi32(_mm256_unpacklo_epi16(even, odd));
    __m512i last = _mm512_cvtepu16_epi32(_mm256_unpackhi_epi16(even, odd));
    __m512i rows = _mm512_add_epi32(_mm512_shuffle_i64x2(first, last, 0x44), _mm512_shuffle_i64x2(first, last, 0xee));
    return _mm512_sll_epi32(rows, _mm_cvtsi32_si128(shift));
}

/// Adds the entries of one plane to the sums of the 32 rows, in order, and asks for what lies `ahead` bytes behind.
INLINE_AVX512 void add_plane(
    __m512i totals[2], const uint8_t *groups, const uint8_t *table, size_t byte_count, int shift, size_t ahead) {
    for (size_t first = 0; first < byte_count; first += GROUPS_AT_ONCE) {
        size_t end = byte_count - first < GROUPS_AT_ONCE ? byte_count : first + GROUPS_AT_ONCE;
        struct sums16 low = {_mm512_setzero_si512(), _mm512_setzero_si512()}, high = low;
        size_t byte = first;
#pragma clang loop unroll_count(4)
        for (; byte + 2 <= end; byte += 2) {
            _mm_prefetch((const char *)(groups + byte * 32 + ahead), _MM_HINT_T0);
            add_groups(&low, &high, _mm512_loadu_si512(groups + byte * 32), _mm512_loadu_si512(table + byte * 32));
        }
        // Of an odd number of groups the last comes alone.
        const __mmask64 one = UINT32_MAX;
        if (byte < end) {
            add_groups(
                &low, &high, _mm512_maskz_loadu_epi8(one, groups + byte * 32),
                _mm512_maskz_loadu_epi8(one, table + byte * 32));
        }
        totals[0] = _mm512_add_epi32(totals[0], in_order(low, shift));
        totals[1] = _mm512_add_epi32(totals[1], in_order(high, shift));
    }
}

/// The bits of 16 rows that are to be seen.
INLINE_AVX512 uint32_t seen_of_sixteen(
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
    return _mm512_cmp_ps_mask(rank, _mm512_set1_ps(query->threshold), _CMP_NLT_UQ);
}

/// The bits of a block's rows that are to be seen.
INLINE_AVX512 uint32_t seen_rows(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    const __m512i sums[2]) {
    return seen_of_sixteen(query, terms, factors, sums[0]) | seen_of_sixteen(query, terms, factors + 16, sums[1]) << 16;
}

AVX512 size_t whiplash_scan_sketches_avx512(
    const struct whiplash_sketch_query *query, const struct whiplash_blocks *blocks, size_t first,
    int32_t *sums, uint32_t *seen) {
    size_t count = block_count(blocks), block_bytes = sketch_block_bytes(query), ahead = bytes_ahead(query);
    for (size_t block = first; block < count; block++) {
        uint32_t wanted = wanted_rows(blocks, block);
        if (!wanted) continue;
        const uint8_t *groups = blocks->bytes + block * block_bytes + code_bytes(query);
        const float *factors = (const float *)(const void *)groups;
        __m512i totals[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
        for (size_t plane = query->plane_count; plane-- > 0 && wanted;) {
            groups -= query->byte_count * WHIPLASH_BLOCK_ROWS;
            for (int part = 0; part < 2; part++) totals[part] = _mm512_slli_epi32(totals[part], 1);
            add_plane(totals, groups, query->table, query->byte_count, 0, ahead);
            if (query->high_table) add_plane(totals, groups, query->high_table, query->byte_count, 8, ahead);
            if (is_top(query, plane) && !(wanted & seen_rows(query, &query->top_terms, factors, totals))) wanted = 0;
        }
        if (wanted) wanted &= seen_rows(query, &query->terms, factors, totals);
        if (!wanted) continue;
        for (int part = 0; part < 2; part++) _mm512_storeu_si512(sums + 16 * part, totals[part]);
        *seen = wanted;
        return block;
    }
    *seen = 0;
    return count;
}
#endif
