// Packed floats: what the sets share. The format is that of `PackedFloats` in VectorIndex.
#ifndef WHIPLASH_FLOATS_H
#define WHIPLASH_FLOATS_H

#include "sets.h"

/// How many neighbouring exponents have a code; the code of any other one.
enum { WINDOW_EXPONENTS = 7 };

/// Where the codes begin, and the exponents outside of the window.
struct packed_parts {
    size_t codes, exponents;
};

static inline struct packed_parts packed_parts(size_t count) {
    size_t codes = 1 + 3 * count;
    return (struct packed_parts){codes, codes + (3 * count + 7) / 8};
}

static inline uint32_t bits_of(float value) {
    uint32_t bits;
    __builtin_memcpy(&bits, &value, 4);
    return bits;
}

static inline uint32_t exponent_of(uint32_t bits) { return bits >> 23 & 0xff; }

/// The first of the neighbouring exponents that hold the most components, and how many they leave out.
static inline uint32_t best_window(const float *values, size_t count, size_t *outside) {
    // Neighbours are often of one exponent, and the second would wait for the first.
    uint32_t parts[4][256] = {{0}}, counts[256];
    for (size_t index = 0; index < count; index++) parts[index % 4][exponent_of(bits_of(values[index]))]++;
    for (int exponent = 0; exponent < 256; exponent++) {
        counts[exponent] = parts[0][exponent] + parts[1][exponent] + parts[2][exponent] + parts[3][exponent];
    }
    uint32_t inside = 0, most = 0, best = 0;
    for (uint32_t last = 0; last < 256; last++) {
        inside += counts[last];
        if (last >= WINDOW_EXPONENTS) inside -= counts[last - WINDOW_EXPONENTS];
        if (last + 1 >= WINDOW_EXPONENTS && inside > most) {
            most = inside;
            best = last + 1 - WINDOW_EXPONENTS;
        }
    }
    *outside = count - most;
    return best;
}

/// Packs components from `start` on, a multiple of 8; gives the end of the exponents, of which the next is to go to `next`.
static inline size_t pack_from(const float *values, size_t start, size_t count, uint8_t *packed, size_t next) {
    uint8_t *codes = packed + packed_parts(count).codes + start / 8 * 3;
    for (; start < count; start += 8) {
        size_t eight = count - start < 8 ? count - start : 8;
        uint32_t coded = 0;
        for (size_t place = 0; place < eight; place++) {
            uint32_t bits = bits_of(values[start + place]), code = exponent_of(bits) - packed[0];
            if (code >= WINDOW_EXPONENTS) {
                code = WINDOW_EXPONENTS;
                packed[next++] = (uint8_t)exponent_of(bits);
            }
            coded |= code << 3 * place;
            uint32_t significand = (bits >> 8 & 0x800000) | (bits & 0x7fffff);
            for (int byte = 0; byte < 3; byte++) packed[1 + 3 * (start + place) + byte] = (uint8_t)(significand >> 8 * byte);
        }
        for (size_t byte = 0; 8 * byte < 3 * eight; byte++) *codes++ = (uint8_t)(coded >> 8 * byte);
    }
    return next;
}

/// The codes of the eight components from `start` on, the first in the lowest bits.
static inline uint32_t codes_at(const uint8_t *packed, size_t start, size_t count) {
    struct packed_parts parts = packed_parts(count);
    uint32_t codes = 0;
    for (size_t byte = 0, at = parts.codes + start / 8 * 3; byte < 3 && at < parts.exponents; byte++, at++) {
        codes |= (uint32_t)packed[at] << 8 * byte;
    }
    return codes;
}

/// A component of its significand, above whose sign anything may stand, and its exponent.
static inline float unpacked(uint32_t significand, uint32_t exponent) {
    uint32_t bits = (significand & 0x800000) << 8 | exponent << 23 | (significand & 0x7fffff);
    float value;
    __builtin_memcpy(&value, &bits, 4);
    return value;
}

static inline uint32_t significand_at(const uint8_t *packed, size_t index) {
    const uint8_t *bytes = packed + 1 + 3 * index;
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
}

/// Unpacks components from `start` on, a multiple of 8; gives the end of the exponents, of which the next is at `next`, or 0 when they are
/// cut off.
static inline size_t unpack_from(
    const uint8_t *packed, size_t byte_count, size_t start, size_t count, float *values, size_t next) {
    for (; start < count; start += 8) {
        uint32_t codes = codes_at(packed, start, count);
        for (size_t index = start; index < count && index < start + 8; index++, codes >>= 3) {
            uint32_t exponent = packed[0] + (codes & 7);
            if ((codes & 7) == WINDOW_EXPONENTS) {
                if (next == byte_count) return 0;
                exponent = packed[next++];
            }
            values[index] = unpacked(significand_at(packed, index), exponent);
        }
    }
    return next;
}

/// Packs from the start as many eights as it likes, and tells where it stopped; the next exponent outside of the window goes to `*next`.
typedef size_t pack_eights_of_floats(const float *values, size_t count, uint8_t *packed, size_t *next);

/// Unpacks so; `*next` becomes 0 when exponents are cut off.
typedef size_t unpack_eights_of_floats(
    const uint8_t *packed, size_t byte_count, size_t count, float *values, size_t *next);

/// The body of `pack_floats`.
static inline __attribute__((always_inline)) size_t pack_floats_by(
    const float *values, size_t count, uint8_t *packed, pack_eights_of_floats *pack_eights) {
    size_t outside, next = packed_parts(count).exponents;
    uint32_t first = best_window(values, count, &outside);
    if (next + outside >= 4 * count) return 0;
    packed[0] = (uint8_t)first;
    size_t start = pack_eights ? pack_eights(values, count, packed, &next) : 0;
    return pack_from(values, start, count, packed, next);
}

/// The body of `unpack_floats`.
static inline __attribute__((always_inline)) size_t unpack_floats_by(
    const uint8_t *packed, size_t byte_count, size_t count, float *values, unpack_eights_of_floats *unpack_eights) {
    size_t next = packed_parts(count).exponents;
    if (byte_count < next) return 0;
    size_t start = unpack_eights ? unpack_eights(packed, byte_count, count, values, &next) : 0;
    return next ? unpack_from(packed, byte_count, start, count, values, next) : 0;
}

#endif
