// x86-64 with AVX2 and FMA. A product is fused with its sum only where it is exact, so that fusing changes nothing.
#include "sets.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define INLINE_AVX2 static inline __attribute__((always_inline, target("avx2,fma")))

// MARK: - Sketches

struct block_sums {
    __m256i parts[4];
};

INLINE_AVX2 void double_sums(struct block_sums *sums) {
    for (int part = 0; part < 4; part++) sums->parts[part] = _mm256_slli_epi32(sums->parts[part], 1);
}

/// Sums of 16 rows' entries: even rows and odd rows, those of low nibbles in the low half, of high ones in the high half.
struct sums16 {
    __m256i even, odd;
};

/// Bytes are added as words that hold an even row's byte and an odd row's above it; what the odd rows add too much to the
/// even ones is taken off at the end, modulo 2^16.
INLINE_AVX2 void add_entries(struct sums16 *sums, __m256i entries) {
    sums->even = _mm256_add_epi16(sums->even, entries);
    sums->odd = _mm256_add_epi16(sums->odd, _mm256_srli_epi16(entries, 8));
}

/// Adds sums of 16 rows, weighted by 2^`shift`, to those of two times eight rows in order.
INLINE_AVX2 void widen(struct sums16 sums, int shift, __m256i *low, __m256i *high) {
    __m256i even = _mm256_sub_epi16(sums.even, _mm256_slli_epi16(sums.odd, 8));
    __m256i first = _mm256_unpacklo_epi16(even, sums.odd), last = _mm256_unpackhi_epi16(even, sums.odd);
    __m128i count = _mm_cvtsi32_si128(shift);
    __m256i first_sum = _mm256_add_epi32(
        _mm256_cvtepu16_epi32(_mm256_castsi256_si128(first)), _mm256_cvtepu16_epi32(_mm256_extracti128_si256(first, 1)));
    __m256i last_sum = _mm256_add_epi32(
        _mm256_cvtepu16_epi32(_mm256_castsi256_si128(last)), _mm256_cvtepu16_epi32(_mm256_extracti128_si256(last, 1)));
    *low = _mm256_add_epi32(*low, _mm256_sll_epi32(first_sum, count));
    *high = _mm256_add_epi32(*high, _mm256_sll_epi32(last_sum, count));
}

/// A word holds the entries of this many groups.
enum { GROUPS_AT_ONCE = 256 };

/// Adds the entries of one plane to the sums of the 32 rows, in order, and asks for what lies `ahead` bytes behind.
INLINE_AVX2 void add_plane(
    struct block_sums *totals, const uint8_t *groups, const uint8_t *table, size_t byte_count, int shift, size_t ahead) {
    const __m256i nibble = _mm256_set1_epi8(15);
    for (size_t first = 0; first < byte_count; first += GROUPS_AT_ONCE) {
        size_t end = byte_count - first < GROUPS_AT_ONCE ? byte_count : first + GROUPS_AT_ONCE;
        struct sums16 low = {_mm256_setzero_si256(), _mm256_setzero_si256()}, high = low;
#pragma clang loop unroll_count(4)
        for (size_t byte = first; byte < end; byte++) {
            __m256i codes = _mm256_loadu_si256((const __m256i *)(const void *)(groups + byte * 32));
            __m256i entries = _mm256_loadu_si256((const __m256i *)(const void *)(table + byte * 32));
            if (byte % 2 == 0) _mm_prefetch((const char *)(groups + byte * 32 + ahead), _MM_HINT_T0);
            add_entries(&low, _mm256_shuffle_epi8(entries, _mm256_and_si256(codes, nibble)));
            add_entries(&high, _mm256_shuffle_epi8(entries, _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble)));
        }
        widen(low, shift, &totals->parts[0], &totals->parts[1]);
        widen(high, shift, &totals->parts[2], &totals->parts[3]);
    }
}

/// What the sums of eight rows become.
INLINE_AVX2 __m256 ranks_of_eight(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    __m256i sums) {
    __m256 rank = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_set1_ps(terms->slope));
    rank = _mm256_add_ps(rank, _mm256_set1_ps(terms->offset));
    rank = _mm256_mul_ps(rank, _mm256_loadu_ps(factors));
    rank = _mm256_add_ps(rank, _mm256_mul_ps(_mm256_loadu_ps(factors + 32), _mm256_set1_ps(terms->reach)));
    if (query->has_norm) {
        __m256 norm = _mm256_loadu_ps(factors + 64);
        norm = _mm256_mul_ps(_mm256_mul_ps(norm, norm), _mm256_set1_ps(query->norm_weight));
        rank = _mm256_sub_ps(rank, norm);
    }
    return rank;
}

/// The bits of eight rows that are to be seen.
INLINE_AVX2 uint32_t seen_of_eight(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    __m256i sums) {
    __m256 ranks = ranks_of_eight(query, terms, factors, sums);
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(ranks, _mm256_set1_ps(query->threshold), _CMP_NLT_UQ));
}

/// The bits of a block's rows that are to be seen.
INLINE_AVX2 uint32_t seen_rows(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    const struct block_sums *sums) {
    uint32_t seen = 0;
    for (int part = 0; part < 4; part++) seen |= seen_of_eight(query, terms, factors + 8 * part, sums->parts[part]) << 8 * part;
    return seen;
}

/// What eight rows' sums become, but for those that are not wanted.
INLINE_AVX2 __m256 wanted_ranks(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    __m256i sums, uint32_t wanted) {
    const __m256i bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    // Of what is not a number and a number the minimum is the latter.
    __m256 ranks = _mm256_min_ps(ranks_of_eight(query, terms, factors, sums), _mm256_set1_ps(INFINITY));
    __m256i chosen = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)wanted), bits), bits);
    return _mm256_blendv_ps(_mm256_set1_ps(-INFINITY), ranks, _mm256_castsi256_ps(chosen));
}

INLINE_AVX2 float greatest_rank(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    const struct block_sums *sums, uint32_t wanted) {
    __m256 greatest = _mm256_set1_ps(-INFINITY);
    for (int part = 0; part < 4; part++) {
        greatest = _mm256_max_ps(
            greatest, wanted_ranks(query, terms, factors + 8 * part, sums->parts[part], wanted >> 8 * part));
    }
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(greatest), _mm256_extractf128_ps(greatest, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}

#define TARGET AVX2
#include "scan.h"

AVX2 static size_t scan_vectors(
    const struct whiplash_vector_query *query, const struct whiplash_blocks *blocks, size_t first,
    double *ranks, uint32_t *seen) {
    return scan_vector_blocks(query, blocks, first, ranks, seen);
}

// MARK: - Sums in lanes

/// Eight lanes of float64.
struct lanes {
    __m256d low, high;
};

INLINE_AVX2 struct lanes zero_lanes(void) { return (struct lanes){_mm256_setzero_pd(), _mm256_setzero_pd()}; }

INLINE_AVX2 struct lanes load(const float *vector) {
    return (struct lanes){_mm256_cvtps_pd(_mm_loadu_ps(vector)), _mm256_cvtps_pd(_mm_loadu_ps(vector + 4))};
}

/// The product of two float32 is exact in float64.
INLINE_AVX2 void add_product(struct lanes *sums, struct lanes left, struct lanes right) {
    sums->low = _mm256_fmadd_pd(left.low, right.low, sums->low);
    sums->high = _mm256_fmadd_pd(left.high, right.high, sums->high);
}

INLINE_AVX2 void add_squared_distance(struct lanes *sums, struct lanes left, struct lanes right) {
    __m256d low = _mm256_sub_pd(left.low, right.low), high = _mm256_sub_pd(left.high, right.high);
    sums->low = _mm256_add_pd(sums->low, _mm256_mul_pd(low, low));
    sums->high = _mm256_add_pd(sums->high, _mm256_mul_pd(high, high));
}

INLINE_AVX2 double total(struct lanes sums) {
    double lanes[WHIPLASH_LANES];
    _mm256_storeu_pd(lanes, sums.low);
    _mm256_storeu_pd(lanes + 4, sums.high);
    return sum_of_lanes(lanes);
}

/// Rows that share what is read of the vector: as many as there are registers for.
enum { ROWS_AT_ONCE = 5 };

/// Adds components `index` and on of some rows to their sums.
INLINE_AVX2 void add_products(struct lanes *sums, int row_count, const float *rows, size_t stride, struct lanes vector) {
    for (int row = 0; row < row_count; row++) add_product(&sums[row], load(rows + (size_t)row * stride), vector);
}

INLINE_AVX2 void products_of_rows(
    int row_count, const float *rows, const float *vector, size_t count, double *products) {
    struct lanes sums[ROWS_AT_ONCE];
    for (int row = 0; row < row_count; row++) sums[row] = zero_lanes();
    size_t index = 0;
    for (; index + WHIPLASH_LANES <= count; index += WHIPLASH_LANES) {
        add_products(sums, row_count, rows + index, count, load(vector + index));
    }
    for (int row = 0; row < row_count; row++) {
        if (index < count) {
            float left[WHIPLASH_LANES], right[WHIPLASH_LANES];
            copy_tail(rows + (size_t)row * count + index, count - index, left);
            copy_tail(vector + index, count - index, right);
            add_product(&sums[row], load(left), load(right));
        }
        products[row] = total(sums[row]);
    }
}

AVX2 static void inner_products(
    const float *rows, size_t row_count, const float *vector, size_t count, double *products) {
    size_t row = 0;
    for (; row + ROWS_AT_ONCE <= row_count; row += ROWS_AT_ONCE) {
        products_of_rows(ROWS_AT_ONCE, rows + row * count, vector, count, products + row);
    }
    for (; row < row_count; row++) products_of_rows(1, rows + row * count, vector, count, products + row);
}

AVX2 static double inner_product(const float *left, const float *right, size_t count) {
    double product;
    products_of_rows(1, left, right, count, &product);
    return product;
}

AVX2 static double product_and_squares(const float *left, const float *right, size_t count, double *squares) {
    struct lanes first = zero_lanes(), second = first, product = first;
    for (size_t index = 0; index < count; index += WHIPLASH_LANES) {
        float left_tail[WHIPLASH_LANES], right_tail[WHIPLASH_LANES];
        int is_whole = count - index >= WHIPLASH_LANES;
        if (!is_whole) {
            copy_tail(left + index, count - index, left_tail);
            copy_tail(right + index, count - index, right_tail);
        }
        struct lanes of_left = load(is_whole ? left + index : left_tail);
        struct lanes of_right = load(is_whole ? right + index : right_tail);
        add_product(&first, of_left, of_left);
        add_product(&second, of_right, of_right);
        add_product(&product, of_left, of_right);
    }
    squares[0] = total(first);
    squares[1] = total(second);
    return total(product);
}

AVX2 static double squared_distance(const float *left, const float *right, size_t count) {
    struct lanes sums = zero_lanes();
    size_t index = 0;
    for (; index + WHIPLASH_LANES <= count; index += WHIPLASH_LANES) {
        add_squared_distance(&sums, load(left + index), load(right + index));
    }
    if (index < count) {
        float left_tail[WHIPLASH_LANES], right_tail[WHIPLASH_LANES];
        copy_tail(left + index, count - index, left_tail);
        copy_tail(right + index, count - index, right_tail);
        add_squared_distance(&sums, load(left_tail), load(right_tail));
    }
    return total(sums);
}

/// Eight packed codes, taken apart: each from the two bytes that it may lie in.
AVX2 static double packed_product(const uint8_t *packed, int bits, const float *vector, size_t count) {
    uint8_t places[32];
    int32_t shifts[WHIPLASH_LANES];
    for (int lane = 0; lane < WHIPLASH_LANES; lane++) {
        int first = bits * lane;
        places[4 * lane] = (uint8_t)(first / 8);
        // A code that ends at its byte's end needs no second byte, and there may be none.
        places[4 * lane + 1] = first % 8 + bits > 8 ? (uint8_t)(first / 8 + 1) : 0x80;
        places[4 * lane + 2] = places[4 * lane + 3] = 0x80;
        shifts[lane] = first % 8;
    }
    const __m256i place = _mm256_loadu_si256((const __m256i *)(const void *)places);
    const __m256i shift = _mm256_loadu_si256((const __m256i *)(const void *)shifts);
    const __m256i mask = _mm256_set1_epi32((1 << bits) - 1);
    const uint8_t *end = packed + count / 8 * (size_t)bits;
    struct lanes sums = zero_lanes();
    for (size_t index = 0; index < count; index += 8, packed += bits) {
        __m256i eight = _mm256_set1_epi64x((long long)load_packed(packed, end));
        eight = _mm256_and_si256(_mm256_srlv_epi32(_mm256_shuffle_epi8(eight, place), shift), mask);
        struct lanes codes = {
            _mm256_cvtepi32_pd(_mm256_castsi256_si128(eight)), _mm256_cvtepi32_pd(_mm256_extracti128_si256(eight, 1))};
        add_product(&sums, codes, load(vector + index));
    }
    return total(sums);
}

AVX2 static void divide(const float *vector, size_t count, double divisor, float *quotients) {
    size_t index = 0;
    __m256d divisors = _mm256_set1_pd(divisor);
    for (; index + 4 <= count; index += 4) {
        __m256d four = _mm256_div_pd(_mm256_cvtps_pd(_mm_loadu_ps(vector + index)), divisors);
        _mm_storeu_ps(quotients + index, _mm256_cvtpd_ps(four));
    }
    for (; index < count; index++) quotients[index] = (float)(vector[index] / divisor);
}

// MARK: - Rotation

/// A step of the transform within eight values: to each the value at `distance`, and itself, negated where it is the second.
INLINE_AVX2 __m256 butterfly1(__m256 values) {
    const __m256 second = _mm256_setr_ps(0, -0.f, 0, -0.f, 0, -0.f, 0, -0.f);
    return _mm256_add_ps(_mm256_permute_ps(values, 0xb1), _mm256_xor_ps(values, second));
}

INLINE_AVX2 __m256 butterfly2(__m256 values) {
    const __m256 second = _mm256_setr_ps(0, 0, -0.f, -0.f, 0, 0, -0.f, -0.f);
    return _mm256_add_ps(_mm256_permute_ps(values, 0x4e), _mm256_xor_ps(values, second));
}

INLINE_AVX2 __m256 butterfly4(__m256 values) {
    const __m256 second = _mm256_setr_ps(0, 0, 0, 0, -0.f, -0.f, -0.f, -0.f);
    return _mm256_add_ps(_mm256_permute2f128_ps(values, values, 1), _mm256_xor_ps(values, second));
}

INLINE_AVX2 void butterfly(__m256 *left, __m256 *right) {
    __m256 sum = _mm256_add_ps(*left, *right);
    *right = _mm256_sub_ps(*left, *right);
    *left = sum;
}

/// Signs and the first six steps of 64 values, in eight registers.
INLINE_AVX2 void transform64(float *values, const float *signs) {
    __m256 parts[8];
    for (int part = 0; part < 8; part++) {
        __m256 signed8 = _mm256_mul_ps(_mm256_loadu_ps(values + 8 * part), _mm256_loadu_ps(signs + 8 * part));
        parts[part] = butterfly4(butterfly2(butterfly1(signed8)));
    }
    for (int half = 1; half < 8; half *= 2) {
        for (int part = 0; part < 8; part++) {
            if (!(part & half)) butterfly(&parts[part], &parts[part + half]);
        }
    }
    for (int part = 0; part < 8; part++) _mm256_storeu_ps(values + 8 * part, parts[part]);
}

/// One step at `half`, or two of them, at `half` and twice that, with one reading.
INLINE_AVX2 void step(float *values, size_t length, size_t half, int two) {
    size_t parts = two ? 4 : 2;
    for (size_t block = 0; block < length; block += parts * half) {
        for (size_t index = block; index < block + half; index += 8) {
            __m256 first = _mm256_loadu_ps(values + index), second = _mm256_loadu_ps(values + index + half);
            butterfly(&first, &second);
            if (two) {
                __m256 third = _mm256_loadu_ps(values + index + 2 * half);
                __m256 fourth = _mm256_loadu_ps(values + index + 3 * half);
                butterfly(&third, &fourth);
                butterfly(&first, &third);
                butterfly(&second, &fourth);
                _mm256_storeu_ps(values + index + 2 * half, third);
                _mm256_storeu_ps(values + index + 3 * half, fourth);
            }
            _mm256_storeu_ps(values + index, first);
            _mm256_storeu_ps(values + index + half, second);
        }
    }
}

AVX2 static void rotate(float *values, size_t count, size_t length, float scale, const float *signs) {
    const __m256 scales = _mm256_set1_ps(scale);
    for (int round = 0; round < 4; round++, signs += count) {
        size_t start = round % 2 ? count - length : 0;
        for (size_t index = 0; index < start; index++) values[index] *= signs[index];
        for (size_t index = start + length; index < count; index++) values[index] *= signs[index];
        float *transformed = values + start;
        for (size_t index = 0; index < length; index += 64) transform64(transformed + index, signs + start + index);
        size_t half = 64;
        for (; 2 * half < length; half *= 4) step(transformed, length, half, 1);
        if (half < length) step(transformed, length, half, 0);
        for (size_t index = 0; index < length; index += 8) {
            __m256 scaled = _mm256_mul_ps(_mm256_loadu_ps(transformed + index), scales);
            _mm256_storeu_ps(transformed + index, scaled);
        }
    }
}

// MARK: - Grids

/// The codes of eight components, or of one at eight step widths.
INLINE_AVX2 __m256 eight_codes(__m256 components, __m256 steps, int bits) {
    __m256 half = _mm256_set1_ps((float)(1 << (bits - 1))), top = _mm256_set1_ps((float)((1 << bits) - 1));
    __m256 codes = _mm256_floor_ps(_mm256_add_ps(_mm256_div_ps(components, steps), half));
    return _mm256_max_ps(_mm256_min_ps(codes, top), _mm256_setzero_ps());
}

AVX2 static float largest(const float *values, size_t count) {
    const __m256 sign = _mm256_set1_ps(-0.f);
    __m256 largest = _mm256_setzero_ps();
    for (size_t index = 0; index < count; index += 8) {
        largest = _mm256_max_ps(largest, _mm256_andnot_ps(sign, _mm256_loadu_ps(values + index)));
    }
    float lanes[WHIPLASH_LANES];
    _mm256_storeu_ps(lanes, largest);
    for (int lane = 1; lane < WHIPLASH_LANES; lane++) lanes[0] = lanes[lane] > lanes[0] ? lanes[lane] : lanes[0];
    return lanes[0];
}

/// Eight numbers as float64.
INLINE_AVX2 struct lanes widened(__m256 numbers) {
    return (struct lanes){
        _mm256_cvtps_pd(_mm256_castps256_ps128(numbers)), _mm256_cvtps_pd(_mm256_extractf128_ps(numbers, 1))};
}

/// A point has nine bits and a component 24, so that their products are exact. So is the sum of squares, in any order.
AVX2 static void try_step(const float *values, size_t count, int bits, float step, double *product, double *square) {
    const __m256 width = _mm256_set1_ps(step), middle = _mm256_set1_ps((float)((1 << bits) - 1) / 2);
    struct lanes squares = zero_lanes();
    double sum = 0;
    for (size_t index = 0; index < count; index += 8) {
        float tail[WHIPLASH_LANES];
        size_t left = count - index;
        if (left < 8) copy_tail(values + index, left, tail);
        __m256 components = _mm256_loadu_ps(left < 8 ? tail : values + index);
        struct lanes point = widened(_mm256_sub_ps(eight_codes(components, width, bits), middle));
        struct lanes component = widened(components), terms = zero_lanes();
        add_product(&terms, point, component);
        add_product(&squares, point, point);
        double ordered[WHIPLASH_LANES];
        _mm256_storeu_pd(ordered, terms.low);
        _mm256_storeu_pd(ordered + 4, terms.high);
        for (int lane = 0; lane < WHIPLASH_LANES; lane++) sum += ordered[lane];
    }
    // A tail's zeros have a point as well.
    double point = (double)(1 << (bits - 1)) - (double)((1 << bits) - 1) / 2;
    *square = total(squares) - (double)(-count % 8) * point * point;
    *product = sum;
}

AVX2 static void try_steps(
    const float *values, size_t count, int bits, const float *steps, double *products, double *squares) {
    const __m256 widths = _mm256_loadu_ps(steps), middle = _mm256_set1_ps((float)((1 << bits) - 1) / 2);
    struct lanes product = zero_lanes(), square = product;
    for (size_t index = 0; index < count; index++) {
        __m256 component = _mm256_broadcast_ss(values + index);
        struct lanes point = widened(_mm256_sub_ps(eight_codes(component, widths, bits), middle));
        __m256d factor = _mm256_set1_pd(values[index]);
        add_product(&product, point, (struct lanes){factor, factor});
        add_product(&square, point, point);
    }
    _mm256_storeu_pd(products, product.low);
    _mm256_storeu_pd(products + 4, product.high);
    _mm256_storeu_pd(squares, square.low);
    _mm256_storeu_pd(squares + 4, square.high);
}

/// The codes of eight components, a byte each.
INLINE_AVX2 __m128i code_bytes_of(__m256 components, __m256 width, int bits) {
    __m256i whole = _mm256_cvtps_epi32(eight_codes(components, width, bits));
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    return _mm_packus_epi16(words, words);
}

AVX2 static void round_to_codes(const float *values, size_t count, int bits, float step, uint8_t *codes) {
    const __m256 width = _mm256_set1_ps(step);
    size_t index = 0;
    for (; index + 8 <= count; index += 8) {
        __m128i bytes = code_bytes_of(_mm256_loadu_ps(values + index), width, bits);
        _mm_storel_epi64((__m128i *)(void *)(codes + index), bytes);
    }
    if (index < count) {
        float tail[WHIPLASH_LANES];
        copy_tail(values + index, count - index, tail);
        uint64_t bytes = (uint64_t)_mm_cvtsi128_si64(code_bytes_of(_mm256_loadu_ps(tail), width, bits));
        for (; index < count; index++, bytes >>= 8) codes[index] = (uint8_t)bytes;
    }
}

AVX2 static void pack_planes(const uint8_t *codes, size_t count, int bits, uint8_t *planes) {
    for (int plane = 0; plane < bits; plane++) {
        __m128i shift = _mm_cvtsi32_si128(7 - plane);
        for (size_t index = 0; index < count; index += 32, planes += 4) {
            // The plane's bit becomes the highest of its byte. What words shift across bytes stays below it.
            __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(codes + index));
            uint32_t packed = (uint32_t)_mm256_movemask_epi8(_mm256_sll_epi16(bytes, shift));
            for (int byte = 0; byte < 4; byte++) planes[byte] = (uint8_t)(packed >> 8 * byte);
        }
    }
}

/// What AVX-512 does not do otherwise.
#define KERNELS_OF_BOTH \
    .scan_vectors = scan_vectors, \
    .inner_product = inner_product, \
    .squared_distance = squared_distance, \
    .product_and_squares = product_and_squares, \
    .inner_products = inner_products, \
    .divide = divide, \
    .rotate = rotate, \
    .largest = largest, \
    .try_step = try_step, \
    .try_steps = try_steps, \
    .round_to_codes = round_to_codes, \
    .pack_planes = pack_planes, \
    .pack_codes = pack_eights, \
    .packed_product = packed_product, \
    .pack_floats = whiplash_pack_floats_avx2, \
    .unpack_floats = whiplash_unpack_floats_avx2

const struct whiplash_kernels whiplash_avx2_kernels = {
    .name = "avx2", .put_codes = put_nibbles, .get_codes = get_nibbles, .top_ranks = top_ranks, .scan_sketches = scan_sketches,
    KERNELS_OF_BOTH};

const struct whiplash_kernels whiplash_avx512_kernels = {
    .name = "avx512", .put_codes = whiplash_put_codes_avx512, .get_codes = whiplash_get_codes_avx512,
    .top_ranks = whiplash_top_ranks_avx512, .scan_sketches = whiplash_scan_sketches_avx512, KERNELS_OF_BOTH};
#endif
