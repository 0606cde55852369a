// How near the scan of sketches comes to what the machine allows: the same bytes through the scan, and through loops that do nothing but
// what no scan can do without. Each is timed many times in turn, and the quickest counts: a busy machine only ever adds.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define VECTORS __attribute__((target("avx2,popcnt")))
#else
#define VECTORS
#endif

enum { ROUNDS = 40, ROWS_IN_MEMORY = 100000, ROWS_IN_CACHE = 512 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/// What a loop came to; kept, so that no compiler leaves the loop out.
static volatile uint64_t result;

// MARK: - What no scan can do without

/// What the loops of limits go through, again and again: it stays in the nearest cache.
enum { CACHED_BYTES = 8192 };

/// One popcount for each eight bytes of a code against a query: the scan of a one-bit query over one-bit codes.
VECTORS static void popcounts(const uint8_t *bytes, size_t count) {
    uint64_t totals[4] = {0};
    const uint64_t query = 0x9e3779b97f4a7c15;
    for (size_t byte = 0; byte + 32 <= count; byte += 32) {
        for (size_t word = 0; word < 4; word++) {
            uint64_t code;
            memcpy(&code, bytes + byte % CACHED_BYTES + 8 * word, 8);
            totals[word] += (uint64_t)__builtin_popcountll(code ^ query);
        }
    }
    result = totals[0] + totals[1] + totals[2] + totals[3];
}

#if defined(__x86_64__)
/// `lookups` at twice the width, of which each finds what has 64 entries.
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) static void wide_lookups(const uint8_t *bytes, size_t count) {
    const __m512i nibble = _mm512_set1_epi8(15), table = _mm512_set1_epi64(0x0706050403020100);
    __m512i low = _mm512_setzero_si512(), high = low;
    for (size_t byte = 0; byte + 64 <= count; byte += 64) {
        __m512i codes = _mm512_loadu_si512(bytes + byte % CACHED_BYTES);
        low = _mm512_xor_si512(low, _mm512_permutexvar_epi8(_mm512_and_si512(codes, nibble), table));
        high = _mm512_xor_si512(
            high, _mm512_permutexvar_epi8(_mm512_and_si512(_mm512_srli_epi16(codes, 4), nibble), table));
    }
    result = (uint64_t)_mm512_reduce_add_epi64(_mm512_xor_si512(low, high));
}
#endif

/// Two lookups for each 32 bytes of codes, of the low nibbles and of the high ones, and nothing done with what was found.
VECTORS static void lookups(const uint8_t *bytes, size_t count) {
#if defined(__x86_64__)
    if (strcmp(whiplash_best_kernels()->name, "avx512") == 0) return wide_lookups(bytes, count);
    const __m256i nibble = _mm256_set1_epi8(15), table = _mm256_set1_epi64x(0x0706050403020100);
    __m256i low = _mm256_setzero_si256(), high = low;
    for (size_t byte = 0; byte + 32 <= count; byte += 32) {
        __m256i codes = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + byte % CACHED_BYTES));
        low = _mm256_xor_si256(low, _mm256_shuffle_epi8(table, _mm256_and_si256(codes, nibble)));
        high = _mm256_xor_si256(
            high, _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble)));
    }
    result = (uint64_t)_mm256_extract_epi64(_mm256_xor_si256(low, high), 0);
#else
    (void)bytes, (void)count;
#endif
}

/// Reads every byte once.
VECTORS static void reads(const uint8_t *bytes, size_t count) {
    uint64_t totals[8] = {0};
    for (size_t byte = 0; byte + 64 <= count; byte += 64) {
        for (size_t word = 0; word < 8; word++) {
            uint64_t value;
            memcpy(&value, bytes + byte + 8 * word, 8);
            totals[word] ^= value;
        }
    }
    for (size_t word = 1; word < 8; word++) totals[0] ^= totals[word];
    result = totals[0];
}

// MARK: - The scan

struct scan {
    const struct whiplash_kernels *kernels;
    struct whiplash_sketch_query query;
    struct whiplash_blocks blocks;
};

static size_t block_count(size_t row_count) { return (row_count + WHIPLASH_BLOCK_ROWS - 1) / WHIPLASH_BLOCK_ROWS; }

enum { STRIP_BLOCKS = 32 };

/// A scan that sees no row: what is done for each of them and for nothing else.
static void scan(const struct scan *scan) {
    struct whiplash_seen_row seen[STRIP_BLOCKS * WHIPLASH_BLOCK_ROWS];
    size_t count = block_count(scan->blocks.row_count), rows = 0;
    for (size_t first = 0; first < count; first += STRIP_BLOCKS) {
        uint32_t numbers[STRIP_BLOCKS];
        size_t number_count = first + STRIP_BLOCKS < count ? STRIP_BLOCKS : count - first;
        for (size_t index = 0; index < number_count; index++) numbers[index] = (uint32_t)(first + index);
        rows += scan->kernels->scan_sketches(&scan->query, &scan->blocks, numbers, number_count, seen);
    }
    result = rows;
}

/// The look at the highest bits, after which hardly a block is looked at further.
static void look_at_highest_bits(const struct scan *scan) {
    static float ranks[ROWS_IN_MEMORY / WHIPLASH_BLOCK_ROWS + 1];
    scan->kernels->top_ranks(&scan->query, &scan->blocks, ranks);
    result = (uint64_t)ranks[0];
}

// MARK: - Timing

static double quickest[6];

static void note(int index, double began) {
    double taken = now() - began;
    if (quickest[index] == 0 || taken < quickest[index]) quickest[index] = taken;
}

static void measure(size_t dimension, size_t bits, size_t row_count) {
    size_t plane_bytes = dimension / 8, block_bytes = (bits * plane_bytes + 8) * WHIPLASH_BLOCK_ROWS;
    size_t blocks = block_count(row_count);
    // The scan asks for memory a little ahead of where it is.
    uint8_t *bytes = calloc(blocks * block_bytes + 4096, 1), *table = malloc(32 * plane_bytes);
    if (!bytes || !table) exit(1);
    uint64_t state = dimension;
    for (size_t byte = 0; byte < blocks * block_bytes; byte++) {
        state = state * 6364136223846793005 + 1442695040888963407;
        // Scales and errors stay 0: no row comes near.
        if (byte % block_bytes < bits * plane_bytes * WHIPLASH_BLOCK_ROWS) bytes[byte] = (uint8_t)(state >> 56);
    }
    for (size_t byte = 0; byte < 32 * plane_bytes; byte++) table[byte] = (uint8_t)(byte * 7 % 61);
    struct scan ours = {
        .kernels = whiplash_best_kernels(),
        .query = {.table = table, .byte_count = plane_bytes, .plane_count = bits, .terms = {1, 0, 0},
                  .threshold = 1e30f},
        .blocks = {.bytes = bytes, .row_count = row_count},
    };
    struct scan plain = ours;
    plain.kernels = whiplash_kernels_at(0);
    size_t code_bytes = row_count * bits * plane_bytes, all_bytes = blocks * block_bytes;
    memset(quickest, 0, sizeof(quickest));
    size_t rounds = row_count == ROWS_IN_CACHE ? ROUNDS * 50 : ROUNDS;
    for (size_t round = 0; round < rounds; round++) {
        double began = now();
        scan(&ours), note(0, began), began = now();
        popcounts(bytes, code_bytes), note(1, began), began = now();
        lookups(bytes, code_bytes), note(2, began), began = now();
        reads(bytes, all_bytes), note(3, began), began = now();
        look_at_highest_bits(&ours), note(4, began), began = now();
        if (round < 3) scan(&plain), note(5, began);
    }
    double limit = quickest[2] > quickest[3] ? quickest[2] : quickest[3];
    printf("| %zu | %zu | %zu |", dimension, bits, row_count);
    for (int index = 0; index < 6; index++) printf(" %.2f |", quickest[index] / (double)row_count);
    printf(" %.0f %% | %.2f |\n", 100 * limit / quickest[0], quickest[1] / quickest[0]);
    free(bytes), free(table);
}

int main(void) {
    static const size_t dimensions[] = {384, 768, 1536}, rows[] = {ROWS_IN_CACHE, ROWS_IN_MEMORY};
    printf("Nanoseconds a row, kernels `%s`. The limit is what lookups or reading alone take, whichever is more.\n\n",
           whiplash_best_kernels()->name);
    printf("| dimensions | bits | rows | scan | popcounts | lookups | reading | highest bits | plain C | limit / scan | popcounts / scan |\n");
    printf("|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t bits = 1; bits <= 2; bits++) {
        for (size_t row = 0; row < 2; row++) {
            for (size_t index = 0; index < 3; index++) measure(dimensions[index], bits, rows[row]);
        }
    }
    return 0;
}
