/*
 * Probing, and variants without an image: every result of cretula_probe,
 * cretula_variant_options_parse and cretula_place. Arguments: a JPEG of 640x427 and a PNG of
 * 451x300.
 */

#include "check.h"

static const uint8_t *jpeg;
static size_t jpeg_len;
static const uint8_t *png;
static size_t png_len;

static void images_are_probed(void)
{
    cretula_limits limits = CRETULA_LIMITS_INIT;
    cretula_info info = CRETULA_INFO_INIT;
    DIRTY(info);
    OK(cretula_probe(jpeg, jpeg_len, NULL, &info, ERR));
    CHECK(info.struct_size == sizeof(info) && info.format == CRETULA_FORMAT_JPEG);
    CHECK(info.width == 640 && info.height == 427 && info.orientation == 1 && info.frames == 1);
    CHECK(info.bit_depth == 8 && info.has_alpha == 0 && info.loop_count == 1 && info.duration_ms == 0);
    OK(cretula_probe(png, png_len, &limits, &info, ERR));
    CHECK(info.format == CRETULA_FORMAT_PNG && info.width == 451 && info.height == 300);
    CHECK(info.bit_depth == 8 && info.has_alpha == 0 && info.has_exif == 0);
    CHECK(cretula_probe(jpeg, jpeg_len, NULL, &info, NULL) == CRETULA_OK);
}

static void other_bytes_are_refused(void)
{
    const cretula_status unsupported = CRETULA_ERR_UNSUPPORTED_FORMAT;
    const cretula_status malformed = CRETULA_ERR_MALFORMED_IMAGE;
    uint8_t broken[64];
    cretula_info info;
    DIRTY(info);
    FAILS(unsupported, "not an image", cretula_probe(NULL, 0, NULL, &info, ERR));
    CHECK(IS_ZEROED(info));
    DIRTY(info);
    FAILS(unsupported, "not an image", cretula_probe((const uint8_t *)"hello", 5, NULL, &info, ERR));
    CHECK(IS_ZEROED(info));
    DIRTY(info);
    FAILS(malformed, "malformed jpeg", cretula_probe(jpeg, 20, NULL, &info, ERR));
    CHECK(IS_ZEROED(info));
    DIRTY(info);
    FAILS(malformed, "malformed png", cretula_probe(png, 20, NULL, &info, ERR));
    CHECK(IS_ZEROED(info));
    /* A width of 0. */
    memcpy(broken, png, sizeof(broken));
    memset(broken + 16, 0, 4);
    DIRTY(info);
    FAILS(malformed, "malformed png", cretula_probe(broken, sizeof(broken), NULL, &info, ERR));
    CHECK(IS_ZEROED(info));
}

static void limits_are_enforced(void)
{
    const cretula_status exceeded = CRETULA_ERR_LIMIT_EXCEEDED;
    cretula_limits limits = CRETULA_LIMITS_INIT;
    cretula_info info = CRETULA_INFO_INIT;
    char says[64];
    limits.max_input_bytes = jpeg_len - 1;
    snprintf(says, sizeof(says), "is %lu bytes, the limit is %lu", (unsigned long)jpeg_len,
             (unsigned long)jpeg_len - 1);
    DIRTY(info);
    FAILS(exceeded, says, cretula_probe(jpeg, jpeg_len, &limits, &info, ERR));
    CHECK(IS_ZEROED(info));
    limits.max_input_bytes = jpeg_len;
    OK(cretula_probe(jpeg, jpeg_len, &limits, &info, ERR));
    limits.max_pixels = 640 * 427 - 1;
    FAILS(exceeded, "273280 pixels, the limit is 273279", cretula_probe(jpeg, jpeg_len, &limits, &info, ERR));
    limits.max_pixels++;
    limits.max_side = 639;
    FAILS(exceeded, "640 pixels, the limit is 639", cretula_probe(jpeg, jpeg_len, &limits, &info, ERR));
    CHECK(IS_ZEROED(info));
    limits.max_side++;
    OK(cretula_probe(jpeg, jpeg_len, &limits, &info, ERR));
    CHECK(info.width == 640);
}

static void probing_checks_its_arguments(void)
{
    cretula_limits limits = CRETULA_LIMITS_INIT;
    cretula_info info = CRETULA_INFO_INIT;
    const size_t sizes[] = {1, sizeof(size_t), sizeof(info) - 1, sizeof(info) + 1, (size_t)-1};
    size_t i;
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_info", cretula_probe(jpeg, jpeg_len, NULL, NULL, ERR));
    DIRTY(info);
    FAILS(CRETULA_ERR_NULL_POINTER, "src", cretula_probe(NULL, 1, NULL, &info, ERR));
    CHECK(IS_ZEROED(info));
    DIRTY(info);
    FAILS(CRETULA_ERR_LENGTH, "top bit", cretula_probe(jpeg, TOP_BIT, NULL, &info, ERR));
    CHECK(IS_ZEROED(info));
    FAILS(CRETULA_ERR_LENGTH, "top bit", cretula_probe(jpeg, (size_t)-1, NULL, &info, ERR));
    limits.struct_size = 0;
    DIRTY(info);
    FAILS(CRETULA_ERR_STRUCT_SIZE, "cretula_limits is 0", cretula_probe(jpeg, jpeg_len, &limits, &info, ERR));
    CHECK(IS_ZEROED(info));
    info.struct_size = 0;
    FAILS(CRETULA_ERR_STRUCT_SIZE, "cretula_info is 0", cretula_probe(jpeg, jpeg_len, NULL, &info, ERR));
    for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        cretula_info before;
        memset(&info, 0xa5, sizeof(info));
        info.struct_size = sizes[i];
        before = info;
        FAILS(CRETULA_ERR_STRUCT_SIZE, "this library knows 56",
              cretula_probe(jpeg, jpeg_len, NULL, &info, ERR));
        CHECK(memcmp(&before, &info, sizeof(info)) == 0);
    }
    for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        DIRTY(info);
        limits.struct_size = sizes[i];
        FAILS(CRETULA_ERR_STRUCT_SIZE, "this library knows 56",
              cretula_probe(jpeg, jpeg_len, &limits, &info, ERR));
        CHECK(IS_ZEROED(info));
    }
}

static void variant_options_are_parsed(void)
{
    const cretula_status invalid = CRETULA_ERR_INVALID_ARGUMENT;
    cretula_variant_options variant = CRETULA_VARIANT_OPTIONS_INIT;
    DIRTY(variant);
    OK(cretula_variant_options_parse(TEXT("{\"fit\":\"pad\",\"width\":3,\"height\":4,\"metadata\":\"keep\"}"),
                                     &variant, ERR));
    CHECK(variant.struct_size == sizeof(variant) && variant.fit == CRETULA_FIT_PAD);
    CHECK(variant.width == 3 && variant.height == 4 && variant.metadata == CRETULA_METADATA_KEEP);
    OK(cretula_variant_options_parse(
        TEXT("{\"id\":\"a\",\"options\":{\"fit\":\"crop\",\"width\":5,\"height\":6,"
             "\"metadata\":\"copyright\"}}"),
        &variant, ERR));
    CHECK(variant.fit == CRETULA_FIT_CROP && variant.width == 5 && variant.height == 6);
    CHECK(variant.metadata == CRETULA_METADATA_COPYRIGHT);

    DIRTY(variant);
    FAILS(invalid, "from 1 to 12000, got 12001",
          cretula_variant_options_parse(
              TEXT("{\"fit\":\"pad\",\"width\":12001,\"height\":4,\"metadata\":\"none\"}"), &variant, ERR));
    CHECK(IS_ZEROED(variant));
    DIRTY(variant);
    FAILS(invalid, "unknown variant `stretch`",
          cretula_variant_options_parse(
              TEXT("{\"fit\":\"stretch\",\"width\":1,\"height\":4,\"metadata\":\"none\"}"), &variant, ERR));
    CHECK(IS_ZEROED(variant));
    FAILS(invalid, "invalid JSON", cretula_variant_options_parse(NULL, 0, &variant, ERR));
    FAILS(invalid, "invalid JSON", cretula_variant_options_parse(TEXT("{"), &variant, ERR));
    DIRTY(variant);
    FAILS(CRETULA_ERR_UTF8, "json is not UTF-8 at byte 1",
          cretula_variant_options_parse("{\xff", 2, &variant, ERR));
    CHECK(IS_ZEROED(variant));
    FAILS(CRETULA_ERR_NULL_POINTER, "json", cretula_variant_options_parse(NULL, 2, &variant, ERR));
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_variant_options",
          cretula_variant_options_parse(TEXT("{}"), NULL, ERR));
    FAILS(CRETULA_ERR_LENGTH, "top bit", cretula_variant_options_parse("{}", TOP_BIT, &variant, ERR));
    variant.struct_size--;
    FAILS(CRETULA_ERR_STRUCT_SIZE, "is 39, this library knows 24 to 40",
          cretula_variant_options_parse(TEXT("{}"), &variant, ERR));
}

static void variants_are_placed(void)
{
    cretula_variant_options variant = CRETULA_VARIANT_OPTIONS_INIT;
    cretula_placement placement = CRETULA_PLACEMENT_INIT;
    variant.fit = CRETULA_FIT_COVER;
    variant.width = 100;
    variant.height = 100;
    DIRTY(placement);
    OK(cretula_place(&variant, 640, 427, &placement, ERR));
    CHECK(placement.struct_size == sizeof(placement));
    CHECK(placement.canvas_width == 100 && placement.canvas_height == 100);
    CHECK(placement.resize_width == 100 && placement.resize_height == 100);
    CHECK(placement.crop_x == 106.5 && placement.crop_y == 0.0);
    CHECK(placement.crop_width == 427.0 && placement.crop_height == 427.0);
    CHECK(placement.offset_x == 0 && placement.offset_y == 0);
    variant.fit = CRETULA_FIT_PAD;
    OK(cretula_place(&variant, 50, 100, &placement, ERR));
    CHECK(placement.resize_width == 50 && placement.offset_x == 25 && placement.offset_y == 0);
}

static void placing_checks_its_arguments(void)
{
    const cretula_status invalid = CRETULA_ERR_INVALID_ARGUMENT;
    const cretula_status unknown = CRETULA_ERR_UNKNOWN_CONSTANT;
    const cretula_variant_options good = {sizeof(good), CRETULA_FIT_COVER, 100, 100, 0, NULL, 0};
    const uint32_t sides[] = {12001, UINT32_MAX};
    const int32_t constants[] = {-1, 8, INT32_MIN, INT32_MAX};
    cretula_variant_options variant = good;
    cretula_placement placement;
    char got[32];
    size_t i;
    for (i = 0; i < sizeof(sides) / sizeof(*sides); i++) {
        snprintf(got, sizeof(got), "got %lu", (unsigned long)sides[i]);
        variant.width = sides[i];
        DIRTY(placement);
        FAILS(invalid, got, cretula_place(&variant, 100, 100, &placement, ERR));
        CHECK(IS_ZEROED(placement));
        variant = good;
        variant.height = sides[i];
        FAILS(invalid, got, cretula_place(&variant, 100, 100, &placement, ERR));
        variant = good;
    }
    /* A side that is left out follows the aspect ratio; both cannot be. */
    variant.height = 0;
    OK(cretula_place(&variant, 200, 100, &placement, ERR));
    CHECK(placement.canvas_width == good.width && placement.canvas_height == (good.width + 1) / 2);
    variant.width = 0;
    FAILS(invalid, "width and height are both missing", cretula_place(&variant, 100, 100, &placement, ERR));
    variant = good;
    OK(cretula_place(&good, UINT32_MAX, 12001, &placement, ERR));
    DIRTY(placement);
    FAILS(invalid, "source width must be", cretula_place(&good, 0, 100, &placement, ERR));
    CHECK(IS_ZEROED(placement));
    FAILS(invalid, "source height must be", cretula_place(&good, 100, 0, &placement, ERR));
    for (i = 0; i < sizeof(constants) / sizeof(*constants); i++) {
        snprintf(got, sizeof(got), "%ld is not a", (long)constants[i]);
        variant.fit = constants[i];
        DIRTY(placement);
        FAILS(unknown, got, cretula_place(&variant, 1, 1, &placement, ERR));
        CHECK(IS_ZEROED(placement));
        variant = good;
        variant.metadata = constants[i];
        FAILS(unknown, "CRETULA_METADATA_*", cretula_place(&variant, 1, 1, &placement, ERR));
        variant = good;
    }
    DIRTY(placement);
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_variant_options", cretula_place(NULL, 1, 1, &placement, ERR));
    CHECK(IS_ZEROED(placement));
    FAILS(CRETULA_ERR_NULL_POINTER, "cretula_placement", cretula_place(&good, 1, 1, NULL, ERR));
    variant.struct_size = 0;
    DIRTY(placement);
    FAILS(CRETULA_ERR_STRUCT_SIZE, "cretula_variant_options is 0",
          cretula_place(&variant, 1, 1, &placement, ERR));
    CHECK(IS_ZEROED(placement));
    placement.struct_size = 65;
    FAILS(CRETULA_ERR_STRUCT_SIZE, "is 65, this library knows 64",
          cretula_place(&good, 1, 1, &placement, ERR));
}

static void colors_are_parsed(void)
{
    uint32_t color = 0;
    OK(cretula_color_parse(TEXT("RebeccaPurple"), &color, ERR));
    CHECK(color == 0x663399ff);
    OK(cretula_color_parse(TEXT("#1af8"), &color, ERR));
    CHECK(color == 0x11aaff88);
    OK(cretula_color_parse(TEXT("transparent"), &color, ERR));
    CHECK(color == CRETULA_BACKGROUND_TRANSPARENT);
    FAILS(CRETULA_ERR_INVALID_ARGUMENT, "CSS color name", cretula_color_parse(TEXT("#12345"), &color, ERR));
    CHECK(color == 0);
    FAILS(CRETULA_ERR_NULL_POINTER, "out", cretula_color_parse(TEXT("red"), NULL, ERR));
}

int main(int argc, char **argv)
{
    uint8_t *files[2];
    CHECK(argc == 3);
    jpeg = files[0] = read_file(argv[1], &jpeg_len);
    png = files[1] = read_file(argv[2], &png_len);
    images_are_probed();
    other_bytes_are_refused();
    limits_are_enforced();
    probing_checks_its_arguments();
    variant_options_are_parsed();
    variants_are_placed();
    placing_checks_its_arguments();
    colors_are_parsed();
    free(files[0]);
    free(files[1]);
    return 0;
}
