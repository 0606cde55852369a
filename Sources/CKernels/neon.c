// arm64, where NEON is always there. A product is fused with its sum only where it is exact, so that fusing changes nothing.
#include "sets.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define INLINE static inline __attribute__((always_inline))

// MARK: - Sketches

struct block_sums {
    uint32x4_t parts[8];
};

INLINE void double_sums(struct block_sums *sums) {
    for (int part = 0; part < 8; part++) sums->parts[part] = vshlq_n_u32(sums->parts[part], 1);
}

/// A word holds two entries of this many groups.
enum { GROUPS_AT_ONCE = 128 };

/// Adds the entries of 16 rows to two times eight sums.
INLINE void add_entries(uint16x8_t sums[2], uint8x16_t entries) {
    sums[0] = vaddw_u8(sums[0], vget_low_u8(entries));
    sums[1] = vaddw_high_u8(sums[1], entries);
}

/// Adds the entries of one plane to the sums of the 32 rows, in order.
INLINE void add_plane(
    struct block_sums *totals, const uint8_t *groups, const uint8_t *table, size_t byte_count, int shift, size_t ahead) {
    (void)ahead;
    const uint8x16_t nibble = vdupq_n_u8(15);
    const int32x4_t shifts = vdupq_n_s32(shift);
    for (size_t first = 0; first < byte_count; first += GROUPS_AT_ONCE) {
        size_t end = byte_count - first < GROUPS_AT_ONCE ? byte_count : first + GROUPS_AT_ONCE;
        uint16x8_t sums[4] = {vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0)};
#pragma clang loop unroll_count(4)
        for (size_t half = 2 * first; half < 2 * end; half++) {
            uint8x16_t codes = vld1q_u8(groups + half * 16), entries = vld1q_u8(table + half * 16);
            add_entries(sums, vqtbl1q_u8(entries, vandq_u8(codes, nibble)));
            add_entries(sums + 2, vqtbl1q_u8(entries, vshrq_n_u8(codes, 4)));
        }
        for (int part = 0; part < 4; part++) {
            uint32x4_t low = vmovl_u16(vget_low_u16(sums[part])), high = vmovl_high_u16(sums[part]);
            uint32x4_t *parts = totals->parts + 2 * part;
            parts[0] = vaddq_u32(parts[0], vshlq_u32(low, shifts));
            parts[1] = vaddq_u32(parts[1], vshlq_u32(high, shifts));
        }
    }
}

/// What the sums of four rows become.
INLINE float32x4_t ranks_of_four(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    uint32x4_t sums) {
    float32x4_t rank = vmulq_n_f32(vcvtq_f32_s32(vreinterpretq_s32_u32(sums)), terms->slope);
    rank = vaddq_f32(rank, vdupq_n_f32(terms->offset));
    rank = vmulq_f32(rank, vld1q_f32(factors));
    rank = vaddq_f32(rank, vmulq_n_f32(vld1q_f32(factors + 32), terms->reach));
    if (query->has_norm) {
        float32x4_t norm = vld1q_f32(factors + 64);
        rank = vsubq_f32(rank, vmulq_n_f32(vmulq_f32(norm, norm), query->norm_weight));
    }
    return rank;
}

/// The bits of four rows that are to be seen.
INLINE uint32_t seen_of_four(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    uint32x4_t sums) {
    const uint32x4_t bits = {1, 2, 4, 8};
    float32x4_t ranks = ranks_of_four(query, terms, factors, sums);
    return vaddvq_u32(vbicq_u32(bits, vcltq_f32(ranks, vdupq_n_f32(query->threshold))));
}

/// The bits of a block's rows that are to be seen.
INLINE uint32_t seen_rows(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    const struct block_sums *sums) {
    uint32_t seen = 0;
    for (int part = 0; part < 8; part++) seen |= seen_of_four(query, terms, factors + 4 * part, sums->parts[part]) << 4 * part;
    return seen;
}

/// What four rows' sums become, but for those that are not wanted.
INLINE float32x4_t wanted_ranks(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    uint32x4_t sums, uint32_t wanted) {
    const uint32x4_t bits = {1, 2, 4, 8};
    // Of what is not a number and a number the minimum is the latter.
    float32x4_t ranks = vminnmq_f32(ranks_of_four(query, terms, factors, sums), vdupq_n_f32(INFINITY));
    return vbslq_f32(vtstq_u32(vdupq_n_u32(wanted), bits), ranks, vdupq_n_f32(-INFINITY));
}

INLINE float greatest_rank(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    const struct block_sums *sums, uint32_t wanted) {
    float32x4_t greatest = vdupq_n_f32(-INFINITY);
    for (int part = 0; part < 8; part++) {
        greatest = vmaxq_f32(
            greatest, wanted_ranks(query, terms, factors + 4 * part, sums->parts[part], wanted >> 4 * part));
    }
    return vmaxvq_f32(greatest);
}

#define TARGET
#include "scan.h"

static size_t scan_vectors(
    const struct whiplash_vector_query *query, const struct whiplash_blocks *blocks, size_t first,
    double *ranks, uint32_t *seen) {
    return scan_vector_blocks(query, blocks, first, ranks, seen);
}

// MARK: - Sums in lanes

/// Eight lanes of float64.
struct lanes {
    float64x2_t pairs[4];
};

INLINE struct lanes zero_lanes(void) {
    float64x2_t zero = vdupq_n_f64(0);
    return (struct lanes){{zero, zero, zero, zero}};
}

INLINE struct lanes widened(float32x4_t low, float32x4_t high) {
    return (struct lanes){{vcvt_f64_f32(vget_low_f32(low)), vcvt_high_f64_f32(low), vcvt_f64_f32(vget_low_f32(high)),
                           vcvt_high_f64_f32(high)}};
}

INLINE struct lanes load(const float *vector) { return widened(vld1q_f32(vector), vld1q_f32(vector + 4)); }

/// The product of two float32 is exact in float64.
INLINE void add_product(struct lanes *sums, struct lanes left, struct lanes right) {
    for (int pair = 0; pair < 4; pair++) {
        sums->pairs[pair] = vfmaq_f64(sums->pairs[pair], left.pairs[pair], right.pairs[pair]);
    }
}

INLINE void add_squared_distance(struct lanes *sums, struct lanes left, struct lanes right) {
    for (int pair = 0; pair < 4; pair++) {
        float64x2_t apart = vsubq_f64(left.pairs[pair], right.pairs[pair]);
        sums->pairs[pair] = vaddq_f64(sums->pairs[pair], vmulq_f64(apart, apart));
    }
}

INLINE double total(struct lanes sums) {
    double lanes[WHIPLASH_LANES];
    for (int pair = 0; pair < 4; pair++) vst1q_f64(lanes + 2 * pair, sums.pairs[pair]);
    return sum_of_lanes(lanes);
}

/// Rows that share what is read of the vector: as many as there are registers for.
enum { ROWS_AT_ONCE = 5 };

INLINE void products_of_rows(int row_count, const float *rows, const float *vector, size_t count, double *products) {
    struct lanes sums[ROWS_AT_ONCE];
    for (int row = 0; row < row_count; row++) sums[row] = zero_lanes();
    size_t index = 0;
    for (; index + WHIPLASH_LANES <= count; index += WHIPLASH_LANES) {
        struct lanes shared = load(vector + index);
        for (int row = 0; row < row_count; row++) {
            add_product(&sums[row], load(rows + (size_t)row * count + index), shared);
        }
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

static void inner_products(
    const float *rows, size_t row_count, const float *vector, size_t count, double *products) {
    size_t row = 0;
    for (; row + ROWS_AT_ONCE <= row_count; row += ROWS_AT_ONCE) {
        products_of_rows(ROWS_AT_ONCE, rows + row * count, vector, count, products + row);
    }
    for (; row < row_count; row++) products_of_rows(1, rows + row * count, vector, count, products + row);
}

static double inner_product(const float *left, const float *right, size_t count) {
    double product;
    products_of_rows(1, left, right, count, &product);
    return product;
}

static double product_and_squares(const float *left, const float *right, size_t count, double *squares) {
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

static double squared_distance(const float *left, const float *right, size_t count) {
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
static double packed_product(const uint8_t *packed, int bits, const float *vector, size_t count) {
    uint8_t places[16];
    int16_t shifts[WHIPLASH_LANES];
    for (int lane = 0; lane < WHIPLASH_LANES; lane++) {
        int first = bits * lane;
        places[2 * lane] = (uint8_t)(first / 8);
        places[2 * lane + 1] = (uint8_t)(first / 8 + 1);
        shifts[lane] = (int16_t)-(first % 8);
    }
    const uint8x16_t place = vld1q_u8(places);
    const int16x8_t shift = vld1q_s16(shifts);
    const uint16x8_t mask = vdupq_n_u16((uint16_t)((1 << bits) - 1));
    const uint8_t *end = packed + count / 8 * (size_t)bits;
    struct lanes sums = zero_lanes();
    for (size_t index = 0; index < count; index += 8, packed += bits) {
        uint8x16_t eight = vcombine_u8(vcreate_u8(load_packed(packed, end)), vdup_n_u8(0));
        uint16x8_t codes = vreinterpretq_u16_u8(vqtbl1q_u8(eight, place));
        codes = vandq_u16(vshlq_u16(codes, shift), mask);
        float32x4_t low = vcvtq_f32_u32(vmovl_u16(vget_low_u16(codes))), high = vcvtq_f32_u32(vmovl_high_u16(codes));
        add_product(&sums, widened(low, high), load(vector + index));
    }
    return total(sums);
}

static void divide(const float *vector, size_t count, double divisor, float *quotients) {
    size_t index = 0;
    const float64x2_t divisors = vdupq_n_f64(divisor);
    for (; index + 4 <= count; index += 4) {
        float32x4_t four = vld1q_f32(vector + index);
        float64x2_t low = vdivq_f64(vcvt_f64_f32(vget_low_f32(four)), divisors);
        float64x2_t high = vdivq_f64(vcvt_high_f64_f32(four), divisors);
        vst1q_f32(quotients + index, vcvt_high_f32_f64(vcvt_f32_f64(low), high));
    }
    for (; index < count; index++) quotients[index] = (float)(vector[index] / divisor);
}

// MARK: - Rotation

INLINE void butterfly(float32x4_t *left, float32x4_t *right) {
    float32x4_t sum = vaddq_f32(*left, *right);
    *right = vsubq_f32(*left, *right);
    *left = sum;
}

/// Steps 1 and 2 within four values: to each the value at that distance, and itself, negated where it is the second.
INLINE float32x4_t transform4(float32x4_t values) {
    const uint32x4_t second = {0, 0x80000000, 0, 0x80000000}, upper = {0, 0, 0x80000000, 0x80000000};
    float32x4_t negated = vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(values), second));
    values = vaddq_f32(vrev64q_f32(values), negated);
    negated = vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(values), upper));
    return vaddq_f32(vextq_f32(values, values, 2), negated);
}

/// Signs and the first six steps of 64 values, in 16 registers.
INLINE void transform64(float *values, const float *signs) {
    float32x4_t parts[16];
    for (int part = 0; part < 16; part++) {
        parts[part] = transform4(vmulq_f32(vld1q_f32(values + 4 * part), vld1q_f32(signs + 4 * part)));
    }
    for (int half = 1; half < 16; half *= 2) {
        for (int part = 0; part < 16; part++) {
            if (!(part & half)) butterfly(&parts[part], &parts[part + half]);
        }
    }
    for (int part = 0; part < 16; part++) vst1q_f32(values + 4 * part, parts[part]);
}

/// One step at `half`, or two of them, at `half` and twice that, with one reading.
INLINE void step(float *values, size_t length, size_t half, int two) {
    size_t parts = two ? 4 : 2;
    for (size_t block = 0; block < length; block += parts * half) {
        for (size_t index = block; index < block + half; index += 4) {
            float32x4_t first = vld1q_f32(values + index), second = vld1q_f32(values + index + half);
            butterfly(&first, &second);
            if (two) {
                float32x4_t third = vld1q_f32(values + index + 2 * half);
                float32x4_t fourth = vld1q_f32(values + index + 3 * half);
                butterfly(&third, &fourth);
                butterfly(&first, &third);
                butterfly(&second, &fourth);
                vst1q_f32(values + index + 2 * half, third);
                vst1q_f32(values + index + 3 * half, fourth);
            }
            vst1q_f32(values + index, first);
            vst1q_f32(values + index + half, second);
        }
    }
}

static void rotate(float *values, size_t count, size_t length, float scale, const float *signs) {
    for (int round = 0; round < 4; round++, signs += count) {
        size_t start = round % 2 ? count - length : 0;
        for (size_t index = 0; index < start; index++) values[index] *= signs[index];
        for (size_t index = start + length; index < count; index++) values[index] *= signs[index];
        float *transformed = values + start;
        for (size_t index = 0; index < length; index += 64) transform64(transformed + index, signs + start + index);
        size_t half = 64;
        for (; 2 * half < length; half *= 4) step(transformed, length, half, 1);
        if (half < length) step(transformed, length, half, 0);
        for (size_t index = 0; index < length; index += 4) {
            vst1q_f32(transformed + index, vmulq_n_f32(vld1q_f32(transformed + index), scale));
        }
    }
}

// MARK: - Grids

/// The codes of four components, or of one at four step widths.
INLINE float32x4_t four_codes(float32x4_t components, float32x4_t steps, int bits) {
    float32x4_t half = vdupq_n_f32((float)(1 << (bits - 1))), top = vdupq_n_f32((float)((1 << bits) - 1));
    float32x4_t codes = vrndmq_f32(vaddq_f32(vdivq_f32(components, steps), half));
    return vmaxq_f32(vminq_f32(codes, top), vdupq_n_f32(0));
}

static float largest(const float *values, size_t count) {
    float32x4_t largest = vdupq_n_f32(0);
    for (size_t index = 0; index < count; index += 4) largest = vmaxq_f32(largest, vabsq_f32(vld1q_f32(values + index)));
    return vmaxvq_f32(largest);
}

/// A point has nine bits and a component 24, so that their products are exact. So is the sum of squares, in any order.
static void try_step(const float *values, size_t count, int bits, float step, double *product, double *square) {
    const float32x4_t width = vdupq_n_f32(step), middle = vdupq_n_f32((float)((1 << bits) - 1) / 2);
    struct lanes squares = zero_lanes();
    double sum = 0;
    for (size_t index = 0; index < count; index += 8) {
        float components[WHIPLASH_LANES];
        copy_tail(values + index, count - index, components);
        float32x4_t low = vld1q_f32(components), high = vld1q_f32(components + 4);
        struct lanes point = widened(
            vsubq_f32(four_codes(low, width, bits), middle), vsubq_f32(four_codes(high, width, bits), middle));
        struct lanes terms = zero_lanes();
        add_product(&terms, point, widened(low, high));
        add_product(&squares, point, point);
        double ordered[WHIPLASH_LANES];
        for (int pair = 0; pair < 4; pair++) vst1q_f64(ordered + 2 * pair, terms.pairs[pair]);
        for (int lane = 0; lane < WHIPLASH_LANES; lane++) sum += ordered[lane];
    }
    // A tail's zeros have a point as well.
    double point = (double)(1 << (bits - 1)) - (double)((1 << bits) - 1) / 2;
    *square = total(squares) - (double)(-count % 8) * point * point;
    *product = sum;
}

static void try_steps(
    const float *values, size_t count, int bits, const float *steps, double *products, double *squares) {
    const float32x4_t low = vld1q_f32(steps), high = vld1q_f32(steps + 4);
    const float32x4_t middle = vdupq_n_f32((float)((1 << bits) - 1) / 2);
    struct lanes product = zero_lanes(), square = product;
    for (size_t index = 0; index < count; index++) {
        float32x4_t component = vdupq_n_f32(values[index]);
        struct lanes point = widened(
            vsubq_f32(four_codes(component, low, bits), middle), vsubq_f32(four_codes(component, high, bits), middle));
        add_product(&product, point, widened(component, component));
        add_product(&square, point, point);
    }
    for (int pair = 0; pair < 4; pair++) {
        vst1q_f64(products + 2 * pair, product.pairs[pair]);
        vst1q_f64(squares + 2 * pair, square.pairs[pair]);
    }
}

/// The codes of eight components, a byte each.
INLINE uint8x8_t code_bytes_of(const float *components, float32x4_t width, int bits) {
    uint32x4_t low = vcvtq_u32_f32(four_codes(vld1q_f32(components), width, bits));
    uint32x4_t high = vcvtq_u32_f32(four_codes(vld1q_f32(components + 4), width, bits));
    return vmovn_u16(vcombine_u16(vmovn_u32(low), vmovn_u32(high)));
}

static void round_to_codes(const float *values, size_t count, int bits, float step, uint8_t *codes) {
    const float32x4_t width = vdupq_n_f32(step);
    size_t index = 0;
    for (; index + 8 <= count; index += 8) vst1_u8(codes + index, code_bytes_of(values + index, width, bits));
    if (index < count) {
        float tail[WHIPLASH_LANES];
        uint8_t bytes[WHIPLASH_LANES];
        copy_tail(values + index, count - index, tail);
        vst1_u8(bytes, code_bytes_of(tail, width, bits));
        for (size_t lane = 0; index + lane < count; lane++) codes[index + lane] = bytes[lane];
    }
}

static void pack_planes(const uint8_t *codes, size_t count, int bits, uint8_t *planes) {
    const int8x16_t places = {0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7};
    for (int plane = 0; plane < bits; plane++) {
        for (size_t index = 0; index < count; index += 16) {
            uint8x16_t bits16 = vandq_u8(vshlq_u8(vld1q_u8(codes + index), vdupq_n_s8((int8_t)-plane)), vdupq_n_u8(1));
            bits16 = vshlq_u8(bits16, places);
            *planes++ = vaddv_u8(vget_low_u8(bits16));
            *planes++ = vaddv_u8(vget_high_u8(bits16));
        }
    }
}

const struct whiplash_kernels whiplash_neon_kernels = {
    .name = "neon",
    .put_codes = put_nibbles,
    .get_codes = get_nibbles,
    .top_ranks = top_ranks,
    .scan_sketches = scan_sketches,
    .scan_vectors = scan_vectors,
    .inner_product = inner_product,
    .squared_distance = squared_distance,
    .product_and_squares = product_and_squares,
    .inner_products = inner_products,
    .divide = divide,
    .rotate = rotate,
    .largest = largest,
    .try_step = try_step,
    .try_steps = try_steps,
    .round_to_codes = round_to_codes,
    .pack_planes = pack_planes,
    .pack_codes = pack_eights,
    .packed_product = packed_product,
    .pack_floats = whiplash_pack_floats,
    .unpack_floats = whiplash_unpack_floats,
};
#endif
