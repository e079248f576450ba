/*
 * Layout and versions: sizes and offsets as the ABI fixes them, initializers, and that library and
 * header are of the same version.
 */

#include "check.h"

/* A condition that the compiler checks, as far as C99 can express it. */
#define HOLDS(name, condition) typedef char holds_##name[(condition) ? 1 : -1]
#define AT(of, field, offset) HOLDS(of##_##field, offsetof(cretula_##of, field) == (offset))

HOLDS(status_is_four_bytes, sizeof(cretula_status) == 4 && (cretula_status)-1 < 0);
HOLDS(constants_fit, CRETULA_BACKGROUND_TRANSPARENT == 0xffffff00u && CRETULA_ABI_VERSION == 0x10000u);

#if UINTPTR_MAX == 0xffffffffffffffffu

HOLDS(buffer, sizeof(cretula_buffer) == 16);
AT(buffer, data, 0);
AT(buffer, len, 8);

HOLDS(limits, sizeof(cretula_limits) == 56);
AT(limits, struct_size, 0);
AT(limits, max_input_bytes, 8);
AT(limits, max_pixels, 16);
AT(limits, max_total_pixels, 24);
AT(limits, max_memory_bytes, 32);
AT(limits, max_side, 40);
AT(limits, max_frames, 44);
AT(limits, deadline_ms, 48);

HOLDS(variant_options, sizeof(cretula_variant_options) == 40);
AT(variant_options, struct_size, 0);
AT(variant_options, fit, 8);
AT(variant_options, width, 12);
AT(variant_options, height, 16);
AT(variant_options, metadata, 20);
AT(variant_options, options, 24);
AT(variant_options, options_len, 32);

HOLDS(placement, sizeof(cretula_placement) == 64);
AT(placement, struct_size, 0);
AT(placement, crop_x, 8);
AT(placement, crop_y, 16);
AT(placement, crop_width, 24);
AT(placement, crop_height, 32);
AT(placement, resize_width, 40);
AT(placement, resize_height, 44);
AT(placement, canvas_width, 48);
AT(placement, canvas_height, 52);
AT(placement, offset_x, 56);
AT(placement, offset_y, 60);

HOLDS(output_options, sizeof(cretula_output_options) == 48);
AT(output_options, struct_size, 0);
AT(output_options, format, 8);
AT(output_options, quality, 12);
AT(output_options, background_rgba, 16);
AT(output_options, color, 20);
AT(output_options, shrink, 24);
AT(output_options, effort, 28);
AT(output_options, damaged, 32);
AT(output_options, lossless, 36);
AT(output_options, slow_connection, 40);
AT(output_options, whole_frames, 44);

HOLDS(info, sizeof(cretula_info) == 56);
AT(info, struct_size, 0);
AT(info, format, 8);
AT(info, width, 12);
AT(info, height, 16);
AT(info, orientation, 20);
AT(info, frames, 24);
AT(info, bit_depth, 28);
AT(info, has_alpha, 32);
AT(info, has_profile, 36);
AT(info, has_exif, 40);
AT(info, loop_count, 44);
AT(info, duration_ms, 48);

HOLDS(source, sizeof(cretula_source) == 24);
AT(source, struct_size, 0);
AT(source, format, 8);
AT(source, has_alpha, 12);
AT(source, frames, 16);
AT(source, reserved, 20);

HOLDS(negotiate_options, sizeof(cretula_negotiate_options) == 24);
AT(negotiate_options, struct_size, 0);
AT(negotiate_options, output_pixels, 8);
AT(negotiate_options, max_avif_pixels, 16);

#endif

static void initializers_are_zeros_with_a_size(void)
{
    cretula_limits limits = CRETULA_LIMITS_INIT;
    cretula_variant_options variant = CRETULA_VARIANT_OPTIONS_INIT;
    cretula_placement placement = CRETULA_PLACEMENT_INIT;
    cretula_output_options output = CRETULA_OUTPUT_OPTIONS_INIT;
    cretula_info info = CRETULA_INFO_INIT;
    cretula_source source = CRETULA_SOURCE_INIT;
    cretula_negotiate_options negotiate = CRETULA_NEGOTIATE_OPTIONS_INIT;
    cretula_buffer buffer = CRETULA_BUFFER_INIT;
    CHECK(IS_ZEROED(source));
    CHECK(IS_ZEROED(negotiate));
    CHECK(IS_ZEROED(limits));
    CHECK(IS_ZEROED(variant));
    CHECK(IS_ZEROED(placement));
    CHECK(IS_ZEROED(output));
    CHECK(IS_ZEROED(info));
    CHECK(IS_EMPTY(buffer));
}

static void library_and_header_agree(void)
{
    char version[64];
    snprintf(version, sizeof(version), "%d.%d.%d", CRETULA_VERSION_MAJOR, CRETULA_VERSION_MINOR,
             CRETULA_VERSION_PATCH);
    CHECK(strcmp(cretula_version(), CRETULA_VERSION) == 0);
    CHECK(strcmp(cretula_version(), version) == 0);
    CHECK(cretula_version() == cretula_version());
    CHECK(cretula_abi_version() == CRETULA_ABI_VERSION);
    CHECK(cretula_abi_compatible(CRETULA_ABI_VERSION));
    CHECK(cretula_abi_compatible(CRETULA_ABI_VERSION & 0xffff0000u));
    CHECK(!cretula_abi_compatible(CRETULA_ABI_VERSION + 1));
    CHECK(!cretula_abi_compatible(CRETULA_ABI_VERSION + 0x10000u));
    CHECK(!cretula_abi_compatible(0));
    CHECK(!cretula_abi_compatible(0xffffffffu));
}

int main(void)
{
    initializers_are_zeros_with_a_size();
    library_and_header_agree();
    return 0;
}
