// Packed floats in plain C.
#include "floats.h"

size_t whiplash_pack_floats(const float *values, size_t count, uint8_t *packed) {
    return pack_floats_by(values, count, packed, NULL);
}

size_t whiplash_unpack_floats(const uint8_t *packed, size_t byte_count, size_t count, float *values) {
    return unpack_floats_by(packed, byte_count, count, values, NULL);
}
