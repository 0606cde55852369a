// Holds every set of kernels that the machine has to the plain one, bit by bit. `scripts/compare-kernels` builds and runs it, for this
// machine and under emulation for arm64. The plain set is held to plain Swift by VectorIndexTests.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

static uint64_t state;
static long checks, faults;

/// SplitMix64.
static uint64_t next(void) {
    uint64_t mixed = state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
}

static float component(void) { return (float)((double)(int64_t)next() / 0x1p63); }

static void draw(float *vector, size_t count, int is_uneven) {
    static const float powers[8] = {1, 1e-3f, 1e-12f, 1e9f, 0, -1e-40f, 1e20f, 3};
    for (size_t index = 0; index < count; index++) {
        vector[index] = component() * (is_uneven ? powers[next() % 8] : 1);
    }
}

static void draw_bytes(uint8_t *bytes, size_t count) {
    for (size_t index = 0; index < count; index++) bytes[index] = (uint8_t)(next() >> 56);
}

static void compare(const char *what, size_t seed, const void *expected, const void *found, size_t size) {
    checks++;
    if (memcmp(expected, found, size) == 0) return;
    faults++;
    printf("%s differs, seed and count %zu\n", what, seed);
}

enum { LARGEST = 4096, ROWS = 30 };

static void compare_sums(const struct whiplash_kernels *plain, const struct whiplash_kernels *set, size_t count) {
    static float left[LARGEST], right[LARGEST], rows[ROWS * LARGEST];
    draw(left, count, 1), draw(right, count, 1), draw(rows, ROWS * count, 0);
    double expected[ROWS], found[ROWS];
    expected[0] = plain->inner_product(left, right, count), found[0] = set->inner_product(left, right, count);
    compare("inner_product", count, expected, found, sizeof(double));
    expected[0] = plain->squared_distance(left, right, count), found[0] = set->squared_distance(left, right, count);
    compare("squared_distance", count, expected, found, sizeof(double));
    expected[2] = plain->product_and_squares(left, right, count, expected);
    found[2] = set->product_and_squares(left, right, count, found);
    compare("product_and_squares", count, expected, found, 3 * sizeof(double));
    plain->inner_products(rows, ROWS, left, count, expected), set->inner_products(rows, ROWS, left, count, found);
    compare("inner_products", count, expected, found, sizeof(expected));
    static float plain_quotients[LARGEST], quotients[LARGEST];
    plain->divide(left, count, 3.7, plain_quotients), set->divide(left, count, 3.7, quotients);
    compare("divide", count, plain_quotients, quotients, count * sizeof(float));
}

static void compare_grids(const struct whiplash_kernels *plain, const struct whiplash_kernels *set, size_t count, int bits) {
    static float values[LARGEST];
    static uint8_t expected_codes[LARGEST], codes[LARGEST];
    draw(values, count, 0);
    float steps[WHIPLASH_LANES];
    for (int lane = 0; lane < WHIPLASH_LANES; lane++) steps[lane] = (float)(lane + 1) / 8 / (float)(1 << (bits - 1));
    double expected[2 * WHIPLASH_LANES], found[2 * WHIPLASH_LANES];
    plain->try_steps(values, count, bits, steps, expected, expected + WHIPLASH_LANES);
    set->try_steps(values, count, bits, steps, found, found + WHIPLASH_LANES);
    compare("try_steps", count, expected, found, sizeof(expected));
    plain->try_step(values, count, bits, steps[4], expected, expected + 1);
    set->try_step(values, count, bits, steps[4], found, found + 1);
    compare("try_step", count, expected, found, 2 * sizeof(double));
    plain->round_to_codes(values, count, bits, steps[5], expected_codes);
    set->round_to_codes(values, count, bits, steps[5], codes);
    compare("round_to_codes", count, expected_codes, codes, count);
}

static void compare_packed(const struct whiplash_kernels *plain, const struct whiplash_kernels *set, size_t count) {
    static float vector[LARGEST];
    static uint8_t codes[LARGEST];
    draw(vector, count, 1), draw_bytes(codes, count);
    for (int bits = 1; bits <= 8; bits++) {
        // Memory of its own, whose end a tool can watch.
        size_t size = count / 8 * (size_t)bits;
        uint8_t *expected = malloc(size), *found = malloc(size);
        for (size_t index = 0; index < count; index++) codes[index] &= (uint8_t)((1 << bits) - 1);
        plain->pack_codes(codes, count, bits, expected), set->pack_codes(codes, count, bits, found);
        compare("pack_codes", count, expected, found, size);
        double expected_product = plain->packed_product(found, bits, vector, count);
        double product = set->packed_product(found, bits, vector, count);
        compare("packed_product", count, &expected_product, &product, sizeof(double));
        free(expected), free(found);
        draw_bytes(codes, count);
    }
}

/// With exponents in and outside of the window, and cut off at any place.
static void compare_packed_floats(const struct whiplash_kernels *plain, const struct whiplash_kernels *set, size_t count) {
    static float vector[LARGEST], values[LARGEST];
    draw(vector, count, 0);
    for (size_t index = 0; index < count; index++) {
        if (next() % 8 == 0) vector[index] *= next() % 2 ? 1e12f : 1e-12f;
    }
    uint8_t *expected = malloc(4 * count), *found = malloc(4 * count);
    size_t expected_size = plain->pack_floats(vector, count, expected), size = set->pack_floats(vector, count, found);
    compare("size of pack_floats", count, &expected_size, &size, sizeof(size));
    compare("pack_floats", count, expected, found, expected_size);
    if (size) {
        size_t read = set->unpack_floats(found, size, count, values);
        compare("size of unpack_floats", count, &size, &read, sizeof(size));
        compare("unpack_floats", count, vector, values, count * sizeof(float));
        // Memory of its own, whose end a tool can watch.
        size_t left = next() % size, none = 0;
        uint8_t *cut = malloc(left ? left : 1);
        memcpy(cut, found, left);
        read = set->unpack_floats(cut, left, count, values);
        compare("size of unpack_floats cut off", count, &none, &read, sizeof(size));
        free(cut);
    }
    free(expected), free(found);
}

static void compare_padded(const struct whiplash_kernels *plain, const struct whiplash_kernels *set, size_t count) {
    static float expected[LARGEST], found[LARGEST], signs[4 * LARGEST];
    static uint8_t codes[LARGEST], expected_planes[LARGEST], planes[LARGEST];
    draw(expected, count, 1);
    memcpy(found, expected, count * sizeof(float));
    for (size_t index = 0; index < 4 * count; index++) signs[index] = next() >> 63 ? 1 : -1;
    float expected_largest = plain->largest(found, count), largest = set->largest(found, count);
    compare("largest", count, &expected_largest, &largest, sizeof(float));
    size_t length = 64;
    while (2 * length <= count) length *= 2;
    float scale = 1 / sqrtf((float)length);
    plain->rotate(expected, count, length, scale, signs), set->rotate(found, count, length, scale, signs);
    compare("rotate", count, expected, found, count * sizeof(float));
    for (int bits = 1; bits <= 8; bits++) {
        draw_bytes(codes, count);
        plain->pack_planes(codes, count, bits, expected_planes), set->pack_planes(codes, count, bits, planes);
        compare("pack_planes", count, expected_planes, planes, (size_t)bits * count / 8);
    }
}

/// Blocks of rows drawn by the seed, as a set lays them out.
static void put_rows(
    const struct whiplash_kernels *set, uint8_t *block, size_t block_count, size_t code_bytes, size_t factors,
    uint64_t seed) {
    static uint8_t codes[8 * 512], found[8 * 512];
    state = seed;
    for (size_t number = 0; number < block_count; number++) {
        for (size_t row = 0; row < WHIPLASH_BLOCK_ROWS; row++) {
            draw_bytes(codes, code_bytes);
            set->put_codes(block, row, codes, code_bytes);
            set->get_codes(block, row, found, code_bytes);
            compare("get_codes", code_bytes, codes, found, code_bytes);
        }
        block += code_bytes * WHIPLASH_BLOCK_ROWS;
        draw((float *)(void *)block, factors * WHIPLASH_BLOCK_ROWS, 0);
        block += factors * WHIPLASH_BLOCK_ROWS * sizeof(float);
    }
}

/// Also where what a sum becomes is infinite, or not a number.
static void compare_top_ranks(
    const struct whiplash_kernels *plain, const struct whiplash_kernels *set, struct whiplash_sketch_query *query,
    const struct whiplash_blocks *expected_blocks, const struct whiplash_blocks *blocks) {
    static const float reaches[] = {20, -20, INFINITY, -INFINITY, NAN};
    for (size_t index = 0; index < sizeof(reaches) / sizeof(reaches[0]); index++) {
        float expected[5], found[5];
        query->top_terms.reach = reaches[index];
        plain->top_ranks(query, expected_blocks, expected);
        set->top_ranks(query, blocks, found);
        // Nothing of a sum that is not a number is the same on all machines, but that it is none.
        for (size_t block = 0; block < 5; block++) {
            if (isnan(expected[block]) && isnan(found[block])) expected[block] = found[block] = 0;
        }
        compare("top_ranks", query->byte_count, expected, found, sizeof(expected));
    }
}

static void compare_scans(
    const struct whiplash_kernels *plain, const struct whiplash_kernels *set, size_t byte_count, size_t planes) {
    enum { SCANNED = 5 * WHIPLASH_BLOCK_ROWS - 21 };
    static uint8_t table[512 * 32], high[512 * 32];
    static uint8_t expected_bytes[5 * WHIPLASH_BLOCK_ROWS * (8 * 512 + 12)], bytes[sizeof(expected_bytes)];
    static struct whiplash_seen_row expected[SCANNED], found[SCANNED];
    // No row of the fourth block.
    uint64_t included[3] = {next() | next(), (next() | next()) & UINT32_MAX, next() | next()};
    draw_bytes(table, byte_count * 32), draw_bytes(high, byte_count * 32);
    for (size_t index = 0; index < byte_count * 32; index++) {
        if (index / 16 % 3 == 0) table[index] = 255;
        if (planes == 8) high[index] >>= 4;
    }
    for (int kind = 0; kind < 8; kind++) {
        struct whiplash_sketch_query query = {
            .table = table, .high_table = kind & 1 && planes >= 4 ? high : NULL, .byte_count = byte_count,
            .plane_count = planes, .has_norm = kind >> 1 & 1, .terms = {0.001f, -3, 1.5f}, .norm_weight = 0.5f,
            .top_terms = {0.001f * (float)(1 << (planes - 1)), -1, 20}};
        struct whiplash_blocks blocks = {.bytes = bytes, .row_count = SCANNED, .included = kind & 4 ? included : NULL};
        struct whiplash_blocks expected_blocks = blocks;
        expected_blocks.bytes = expected_bytes;
        uint64_t seed = next();
        size_t factors = query.has_norm ? 3 : 2;
        put_rows(plain, expected_bytes, 5, planes * byte_count, factors, seed);
        put_rows(set, bytes, 5, planes * byte_count, factors, seed);
        compare_top_ranks(plain, set, &query, &expected_blocks, &blocks);
        for (float threshold = -200; threshold < 300; threshold += 20) {
            query.threshold = threshold;
            // Every choice among five blocks.
            for (unsigned chosen = 0; chosen < 32; chosen += 1 + (unsigned)(next() % 8)) {
                uint32_t numbers[5];
                size_t number_count = 0;
                for (uint32_t block = 0; block < 5; block++) {
                    if (chosen >> block & 1) numbers[number_count++] = block;
                }
                size_t expected_count = plain->scan_sketches(&query, &expected_blocks, numbers, number_count, expected);
                size_t count = set->scan_sketches(&query, &blocks, numbers, number_count, found);
                compare("count of scan_sketches", byte_count, &expected_count, &count, sizeof(count));
                compare("scan_sketches", byte_count, expected, found, expected_count * sizeof(expected[0]));
            }
        }
    }
}

static void compare_vectors(const struct whiplash_kernels *plain, const struct whiplash_kernels *set, size_t dimension) {
    enum { SCANNED = 3 * WHIPLASH_BLOCK_ROWS - 7 };
    static float bytes[3 * WHIPLASH_BLOCK_ROWS * 16];
    double vector[16], expected[WHIPLASH_BLOCK_ROWS], found[WHIPLASH_BLOCK_ROWS];
    draw(bytes, 3 * WHIPLASH_BLOCK_ROWS * dimension, 1);
    for (size_t index = 0; index < dimension; index++) vector[index] = component();
    struct whiplash_blocks blocks = {.bytes = (const uint8_t *)bytes, .row_count = SCANNED};
    for (int is_euclidean = 0; is_euclidean < 2; is_euclidean++) {
        struct whiplash_vector_query query = {vector, dimension, is_euclidean, -INFINITY};
        for (size_t block = 0; block < 3; block++) {
            uint32_t expected_rows, rows;
            size_t expected_block = plain->scan_vectors(&query, &blocks, block, expected, &expected_rows);
            size_t found_block = set->scan_vectors(&query, &blocks, block, found, &rows);
            compare("block of scan_vectors", dimension, &expected_block, &found_block, sizeof(size_t));
            compare("rows of scan_vectors", dimension, &expected_rows, &rows, sizeof(rows));
            compare("scan_vectors", dimension, expected, found, sizeof(expected));
        }
    }
}

int main(void) {
    const struct whiplash_kernels *plain = whiplash_kernels_at(0), *set;
    int sets = 1;
    for (; (set = whiplash_kernels_at((size_t)sets)); sets++) {
        long before = checks;
        for (size_t count = 1; count <= LARGEST; count++) {
            state = count;
            compare_sums(plain, set, count);
            compare_packed_floats(plain, set, count);
            if (count % 8 == 0) compare_packed(plain, set, count);
            if (count % 64 == 0) compare_padded(plain, set, count);
            for (int bits = 1; bits <= 8; bits++) {
                if (count < 200 || count % 61 == 0) compare_grids(plain, set, count, bits);
            }
        }
        for (size_t byte_count = 8; byte_count <= 512; byte_count += byte_count < 64 ? 8 : 56) {
            for (size_t planes = 1; planes <= 8; planes *= 2) {
                state = byte_count + planes;
                compare_scans(plain, set, byte_count, planes);
            }
        }
        for (size_t dimension = 1; dimension < 16; dimension++) {
            state = dimension;
            compare_vectors(plain, set, dimension);
        }
        printf("%s: %ld comparisons, %ld faults\n", set->name, checks - before, faults);
    }
    if (sets == 1) printf("only the plain set is here\n");
    return faults != 0;
}
