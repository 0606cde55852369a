// The inner loops of VectorIndex, once for each instruction set. Every set gives the same bits.
#ifndef WHIPLASH_CKERNELS_H
#define WHIPLASH_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#define WHIPLASH_NULLABLE _Nullable
#pragma clang assume_nonnull begin
#else
#define WHIPLASH_NULLABLE
#endif

/// Rows of a block of sketches.
enum { WHIPLASH_BLOCK_ROWS = 32 };

/// Numbers that are added up beside each other: element `i` of a vector goes to lane `i` mod 8.
enum { WHIPLASH_LANES = 8 };

/// What becomes of a row's sum: `(sum * slope + offset) * scale + error * reach`, less `norm * norm * norm_weight` where there is a norm.
struct whiplash_sketch_terms {
    float slope, offset, reach;
};

/// What a query adds up over coded sketches, and which sums it wants to see.
///
/// A block holds 32 rows: `plane_count` bit planes of `byte_count` times 32 bytes, as `put_codes` lays them out, and then 32 scales, 32 errors
/// and, when `has_norm`, 32 norms, as float32.
struct whiplash_sketch_query {
    /// Shape `[byte_count / 4, 2, 4, 16]`: what each value of the low nibbles of four bytes adds, and then of their high ones.
    const uint8_t *table;
    /// The same for what counts 256 times; null when one byte holds an entry.
    const uint8_t *WHIPLASH_NULLABLE high_table;
    size_t byte_count;
    size_t plane_count;
    int has_norm;
    /// A row is seen unless what its sum becomes is below the threshold.
    struct whiplash_sketch_terms terms;
    float norm_weight, threshold;
    /// What becomes of the sum of the highest plane alone, without the plane's weight.
    struct whiplash_sketch_terms top_terms;
};

/// A query against rows that are the vectors themselves. A block holds `dimension` times 32 float32.
struct whiplash_vector_query {
    /// Shape `[dimension]`.
    const double *query;
    size_t dimension;
    /// The rank is the inner product, or twice it less the row's square.
    int is_euclidean;
    /// A row is seen unless `rank < threshold`.
    double threshold;
};

/// Rows to scan.
struct whiplash_blocks {
    /// Shape `[ceil(row_count / 32), block]`.
    const uint8_t *bytes;
    size_t row_count;
    /// One bit a row, the first the lowest of the first word; null for all.
    const uint64_t *WHIPLASH_NULLABLE included;
};

/// A row of a scan, and what its codes come to.
struct whiplash_seen_row {
    uint32_t row;
    int32_t sum;
};

/// The inner loops of one instruction set. Pointers need no alignment.
struct whiplash_kernels {
    const char *name;

    /// Puts a row's codes into a block, in the place of what was there. How they lie is this set's own affair.
    ///
    /// `codes` are all planes of the row, one behind the other; `byte_count` is a multiple of 8.
    void (*put_codes)(uint8_t *block, size_t row, const uint8_t *codes, size_t byte_count);

    /// The codes that were put.
    void (*get_codes)(const uint8_t *block, size_t row, uint8_t *codes, size_t byte_count);

    /// Gives for each block what the sums of the highest plane become at most among the rows included; infinite where it is not a number, and
    /// not a number where no row is included.
    void (*top_ranks)(const struct whiplash_sketch_query *query, const struct whiplash_blocks *blocks, float *ranks);

    /// Gives the rows to be seen of `count` blocks, whose numbers rise, in order, and returns how many; `seen` has room for all.
    ///
    /// The sum of a row is that of its table entries, those of plane `p` taken 2^p times. It has to stay below 2^31.
    size_t (*scan_sketches)(
        const struct whiplash_sketch_query *query, const struct whiplash_blocks *blocks, const uint32_t *numbers, size_t count,
        struct whiplash_seen_row *seen);

    /// Goes through blocks of vectors from `first` on until one has rows to be seen: gives its number, the rows' bits in `seen`, and the
    /// ranks of all its rows, 32 of them, in `ranks`. When there is none, `seen` is 0.
    ///
    /// Terms are float64, and are added in the order of the dimensions.
    size_t (*scan_vectors)(
        const struct whiplash_vector_query *query, const struct whiplash_blocks *blocks, size_t first,
        double *ranks, uint32_t *seen);

    /// Float64 sums in lanes, and those added one after the other.
    double (*inner_product)(const float *left, const float *right, size_t count);
    double (*squared_distance)(const float *left, const float *right, size_t count);

    /// The squares of both vectors in `squares`, and their inner product, each as `inner_product` gives it.
    double (*product_and_squares)(const float *left, const float *right, size_t count, double *squares);

    /// The inner products of `row_count` rows with one vector, each as `inner_product` gives it.
    void (*inner_products)(
        const float *rows, size_t row_count, const float *vector, size_t count, double *products);

    /// Every component over `divisor`, in float64, rounded to float32.
    void (*divide)(const float *vector, size_t count, double divisor, float *quotients);

    /// Four rounds in place: signs, and a Walsh-Hadamard transform times `scale` of the first `length` values, of the last, and
    /// again.
    ///
    /// `count` is a multiple of 64 and `length` a power of two from 64 to `count`. `signs` has shape `[4, count]`, each 1 or -1.
    void (*rotate)(float *values, size_t count, size_t length, float scale, const float *signs);

    /// The largest magnitude of the components; `count` is a multiple of 64.
    float (*largest)(const float *values, size_t count);

    /// How well a grid fits: the inner product of the grid point nearest to `values` with them, and its square, both added in
    /// the order of the components.
    ///
    /// A component's code is `floor(component / step + 2^(bits - 1))` from 0 to `2^bits - 1`, and the point is the code less
    /// half of the highest.
    void (*try_step)(const float *values, size_t count, int bits, float step, double *product, double *square);

    /// The same for eight step widths.
    void (*try_steps)(
        const float *values, size_t count, int bits, const float *steps, double *products, double *squares);

    /// The codes at one step width.
    void (*round_to_codes)(const float *values, size_t count, int bits, float step, uint8_t *codes);

    /// Codes as bit planes of `count / 8` bytes, the lowest bit's first; `count` is a multiple of 64.
    void (*pack_planes)(const uint8_t *codes, size_t count, int bits, uint8_t *planes);

    /// Codes one after the other in `count / 8 * bits` bytes, the lowest bit first; `count` is a multiple of 8.
    void (*pack_codes)(const uint8_t *codes, size_t count, int bits, uint8_t *packed);

    /// The inner product of codes that are packed so and a vector, as `inner_product` has it; `count` is a multiple of 8.
    double (*packed_product)(const uint8_t *packed, int bits, const float *vector, size_t count);

    /// Components in some 27 bits each, as `PackedFloats` says. Gives the bytes written, below `4 * count`, for which `packed` has room; 0
    /// when they would be more.
    size_t (*pack_floats)(const float *values, size_t count, uint8_t *packed);

    /// The components of packed bytes. Gives the bytes read; 0 when `byte_count` are too few.
    size_t (*unpack_floats)(const uint8_t *packed, size_t byte_count, size_t count, float *values);
};

/// The fastest set that this machine has.
const struct whiplash_kernels *whiplash_best_kernels(void);

/// Set `index` of those that this machine has, the plain one first and the fastest last; null behind it.
const struct whiplash_kernels *WHIPLASH_NULLABLE whiplash_kernels_at(size_t index);

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
