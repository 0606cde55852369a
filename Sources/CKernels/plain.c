// Plain C: what every machine has, and what the other sets are held to.
#include "sets.h"

struct block_sums {
    int32_t rows[WHIPLASH_BLOCK_ROWS];
};

static void double_sums(struct block_sums *sums) {
    for (size_t row = 0; row < WHIPLASH_BLOCK_ROWS; row++) sums->rows[row] *= 2;
}

static void add_plane(
    struct block_sums *totals, const uint8_t *groups, const uint8_t *table, size_t byte_count, int shift, size_t ahead) {
    (void)ahead;
    for (size_t row = 0; row < WHIPLASH_BLOCK_ROWS; row++) {
        int half = row < 16 ? 0 : 4;
        for (size_t group = 0; group < byte_count * 32; group += 16) {
            totals->rows[row] += table[group + (groups[group + row % 16] >> half & 15)] << shift;
        }
    }
}

static float rank(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors, int row,
    int32_t sum) {
    const float *scales = factors, *errors = factors + 32, *norms = factors + 64;
    float rank = ((float)sum * terms->slope + terms->offset) * scales[row] + errors[row] * terms->reach;
    return query->has_norm ? rank - norms[row] * norms[row] * query->norm_weight : rank;
}

static uint32_t seen_rows(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    const struct block_sums *sums) {
    uint32_t seen = 0;
    for (int row = 0; row < WHIPLASH_BLOCK_ROWS; row++) {
        seen |= (uint32_t)!(rank(query, terms, factors, row, sums->rows[row]) < query->threshold) << row;
    }
    return seen;
}

static float greatest_rank(
    const struct whiplash_sketch_query *query, const struct whiplash_sketch_terms *terms, const float *factors,
    const struct block_sums *sums, uint32_t wanted) {
    float greatest = -INFINITY;
    for (; wanted; wanted &= wanted - 1) {
        int row = __builtin_ctz(wanted);
        float found = rank(query, terms, factors, row, sums->rows[row]);
        if (!(found <= greatest)) greatest = isnan(found) ? INFINITY : found;
    }
    return greatest;
}

#define TARGET
#include "scan.h"

static size_t scan_vectors(
    const struct whiplash_vector_query *query, const struct whiplash_blocks *blocks, size_t first,
    double *ranks, uint32_t *seen) {
    return scan_vector_blocks(query, blocks, first, ranks, seen);
}

static double inner_product(const float *left, const float *right, size_t count) {
    double lanes[WHIPLASH_LANES] = {0};
    for (size_t index = 0; index < count; index++) lanes[index % 8] += (double)left[index] * right[index];
    return sum_of_lanes(lanes);
}

static double squared_distance(const float *left, const float *right, size_t count) {
    double lanes[WHIPLASH_LANES] = {0};
    for (size_t index = 0; index < count; index++) {
        double apart = (double)left[index] - right[index];
        lanes[index % 8] += apart * apart;
    }
    return sum_of_lanes(lanes);
}

static double product_and_squares(const float *left, const float *right, size_t count, double *squares) {
    squares[0] = inner_product(left, left, count);
    squares[1] = inner_product(right, right, count);
    return inner_product(left, right, count);
}

static void inner_products(
    const float *rows, size_t row_count, const float *vector, size_t count, double *products) {
    for (size_t row = 0; row < row_count; row++) products[row] = inner_product(rows + row * count, vector, count);
}

static void divide(const float *vector, size_t count, double divisor, float *quotients) {
    for (size_t index = 0; index < count; index++) quotients[index] = (float)(vector[index] / divisor);
}

static void walsh_hadamard(float *values, size_t length, float scale) {
    for (size_t half = 1; half < length; half *= 2) {
        for (size_t block = 0; block < length; block += 2 * half) {
            for (size_t index = block; index < block + half; index++) {
                float left = values[index], right = values[index + half];
                values[index] = left + right;
                values[index + half] = left - right;
            }
        }
    }
    for (size_t index = 0; index < length; index++) values[index] *= scale;
}

static void rotate(float *values, size_t count, size_t length, float scale, const float *signs) {
    for (int round = 0; round < 4; round++) {
        for (size_t index = 0; index < count; index++) values[index] *= signs[round * count + index];
        walsh_hadamard(round % 2 ? values + count - length : values, length, scale);
    }
}

/// `floor`, for numbers that an int holds.
static float rounded_down(float number) {
    float whole = (float)(int)number;
    return whole > number ? whole - 1 : whole;
}

static float code(float component, float step, int bits) {
    float code = rounded_down(component / step + (float)(1 << (bits - 1))), top = (float)((1 << bits) - 1);
    code = code < top ? code : top;
    return code > 0 ? code : 0;
}

static float largest(const float *values, size_t count) {
    float largest = 0;
    for (size_t index = 0; index < count; index++) {
        float magnitude = values[index] < 0 ? -values[index] : values[index];
        largest = magnitude > largest ? magnitude : largest;
    }
    return largest;
}

static void try_step(const float *values, size_t count, int bits, float step, double *product, double *square) {
    float middle = (float)((1 << bits) - 1) / 2;
    *product = *square = 0;
    for (size_t index = 0; index < count; index++) {
        double point = code(values[index], step, bits) - middle;
        *product += point * values[index];
        *square += point * point;
    }
}

static void try_steps(
    const float *values, size_t count, int bits, const float *steps, double *products, double *squares) {
    for (int lane = 0; lane < WHIPLASH_LANES; lane++) {
        try_step(values, count, bits, steps[lane], &products[lane], &squares[lane]);
    }
}

static void round_to_codes(const float *values, size_t count, int bits, float step, uint8_t *codes) {
    for (size_t index = 0; index < count; index++) codes[index] = (uint8_t)code(values[index], step, bits);
}

static void pack_planes(const uint8_t *codes, size_t count, int bits, uint8_t *planes) {
    for (int plane = 0; plane < bits; plane++) {
        for (size_t byte = 0; byte < count / 8; byte++) {
            unsigned packed = 0;
            for (int bit = 0; bit < 8; bit++) packed |= (codes[byte * 8 + bit] >> plane & 1u) << bit;
            *planes++ = (uint8_t)packed;
        }
    }
}

static double packed_product(const uint8_t *packed, int bits, const float *vector, size_t count) {
    double lanes[WHIPLASH_LANES] = {0};
    const uint8_t *end = packed + count / 8 * (size_t)bits;
    for (size_t index = 0; index < count; index += 8, packed += bits) {
        uint64_t eight = load_packed(packed, end);
        for (int lane = 0; lane < 8; lane++) {
            double code = (double)(eight >> bits * lane & ((1u << bits) - 1));
            lanes[lane] += code * vector[index + (size_t)lane];
        }
    }
    return sum_of_lanes(lanes);
}

const struct whiplash_kernels whiplash_plain_kernels = {
    .name = "plain",
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
