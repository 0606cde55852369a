// Packed floats on x86-64 with AVX2, eight components at a time.
#include "floats.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE_AVX2 static inline __attribute__((always_inline, target("avx2")))

/// What a set of eight takes from the first significand's place on, to the end of two overlapping loads of 16 bytes.
enum { EIGHT_REACH = 28 };

INLINE_AVX2 __m256i shifts_of_codes(void) { return _mm256_setr_epi32(0, 3, 6, 9, 12, 15, 18, 21); }

/// The lanes, each with bits of its own, as one number.
INLINE_AVX2 uint32_t joined(__m256i lanes) {
    __m128i four = _mm_or_si128(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    __m128i two = _mm_or_si128(four, _mm_unpackhi_epi64(four, four));
    return (uint32_t)(_mm_cvtsi128_si32(two) | _mm_extract_epi32(two, 1));
}

INLINE_AVX2 void store_significands(uint8_t *bytes, __m256i bits) {
    const __m256i three_of_four = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
    __m256i sign = _mm256_and_si256(_mm256_srli_epi32(bits, 8), _mm256_set1_epi32(0x800000));
    __m256i significands = _mm256_or_si256(sign, _mm256_and_si256(bits, _mm256_set1_epi32(0x7fffff)));
    __m256i packed = _mm256_shuffle_epi8(significands, three_of_four);
    _mm_storeu_si128((__m128i *)(void *)bytes, _mm256_castsi256_si128(packed));
    _mm_storeu_si128((__m128i *)(void *)(bytes + 12), _mm256_extracti128_si256(packed, 1));
}

/// Two passes, as a store of significands reaches into what comes behind them.
AVX2 static size_t pack_eights_avx2(const float *values, size_t count, uint8_t *packed, size_t *next) {
    const __m256i first = _mm256_set1_epi32(packed[0]), outside = _mm256_set1_epi32(WINDOW_EXPONENTS);
    const struct packed_parts parts = packed_parts(count);
    size_t end = 0;
    for (; end + 8 <= count && 1 + 3 * end + EIGHT_REACH <= parts.exponents; end += 8) {
        store_significands(packed + 1 + 3 * end, _mm256_loadu_si256((const __m256i *)(const void *)(values + end)));
    }
    uint8_t *codes_end = packed + parts.codes;
    for (size_t start = 0; start < end; start += 8, codes_end += 3) {
        __m256i bits = _mm256_loadu_si256((const __m256i *)(const void *)(values + start));
        __m256i exponents = _mm256_and_si256(_mm256_srli_epi32(bits, 23), _mm256_set1_epi32(0xff));
        // Those below the first become large numbers.
        __m256i codes = _mm256_min_epu32(_mm256_sub_epi32(exponents, first), outside);
        uint32_t coded = joined(_mm256_sllv_epi32(codes, shifts_of_codes()));
        for (int byte = 0; byte < 3; byte++) codes_end[byte] = (uint8_t)(coded >> 8 * byte);
        uint32_t rest = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(codes, outside)));
        for (; rest; rest &= rest - 1) {
            packed[(*next)++] = (uint8_t)exponent_of(bits_of(values[start + (size_t)__builtin_ctz(rest)]));
        }
    }
    return end;
}

INLINE_AVX2 __m256i load_significands(const uint8_t *bytes) {
    const __m256i four_of_three = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1));
    __m128i low = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 12));
    return _mm256_shuffle_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1), four_of_three);
}

AVX2 static size_t unpack_eights_avx2(
    const uint8_t *packed, size_t byte_count, size_t count, float *values, size_t *next) {
    const __m256i first = _mm256_set1_epi32(packed[0]), outside = _mm256_set1_epi32(WINDOW_EXPONENTS);
    size_t start = 0;
    for (; start + 8 <= count && 1 + 3 * start + EIGHT_REACH <= byte_count; start += 8) {
        __m256i coded = _mm256_set1_epi32((int)codes_at(packed, start, count));
        __m256i codes = _mm256_and_si256(_mm256_srlv_epi32(coded, shifts_of_codes()), outside);
        __m256i significands = load_significands(packed + 1 + 3 * start);
        __m256i sign = _mm256_slli_epi32(_mm256_and_si256(significands, _mm256_set1_epi32(0x800000)), 8);
        __m256i exponents = _mm256_slli_epi32(_mm256_add_epi32(first, codes), 23);
        __m256i fraction = _mm256_and_si256(significands, _mm256_set1_epi32(0x7fffff));
        __m256i bits = _mm256_or_si256(_mm256_or_si256(sign, exponents), fraction);
        _mm256_storeu_si256((__m256i *)(void *)(values + start), bits);
        uint32_t rest = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(codes, outside)));
        for (; rest; rest &= rest - 1) {
            size_t index = start + (size_t)__builtin_ctz(rest);
            if (*next == byte_count) {
                *next = 0;
                return start;
            }
            values[index] = unpacked(significand_at(packed, index), packed[(*next)++]);
        }
    }
    return start;
}

AVX2 size_t whiplash_pack_floats_avx2(const float *values, size_t count, uint8_t *packed) {
    return pack_floats_by(values, count, packed, pack_eights_avx2);
}

AVX2 size_t whiplash_unpack_floats_avx2(const uint8_t *packed, size_t byte_count, size_t count, float *values) {
    return unpack_floats_by(packed, byte_count, count, values, unpack_eights_avx2);
}
#endif
