/*
 * Decodes a JPEG with libjpeg-turbo for comparison: at full size, with the accurate transform, interpolated chroma and no
 * block smoothing.
 */

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

struct judge {
    struct jpeg_error_mgr manager;
    jmp_buf back;
};

static void refused(j_common_ptr info)
{
    longjmp(((struct judge *)info->err)->back, 1);
}

static void silent(j_common_ptr info)
{
    (void)info;
}

/* A source that provides so few bytes at a time that libjpeg-turbo never uses its fast loop, which does not warn of invalid
 * codes, and leaves the coefficients of a block in place that it read before it found a marker. */
#define PIECE 256

struct pieces {
    struct jpeg_source_mgr manager;
    const uint8_t *next;
    size_t left;
};

static void nothing(j_decompress_ptr info)
{
    (void)info;
}

static boolean next_piece(j_decompress_ptr info)
{
    static const JOCTET END[] = {0xff, JPEG_EOI};
    struct pieces *pieces = (struct pieces *)info->src;
    size_t len = pieces->left < PIECE ? pieces->left : PIECE;
    pieces->manager.next_input_byte = len == 0 ? END : pieces->next;
    pieces->manager.bytes_in_buffer = len == 0 ? sizeof(END) : len;
    if (len == 0) {
        info->err->num_warnings++;
    }
    pieces->next += len;
    pieces->left -= len;
    return TRUE;
}

static void skip(j_decompress_ptr info, long count)
{
    while (count > (long)info->src->bytes_in_buffer) {
        count -= (long)info->src->bytes_in_buffer;
        next_piece(info);
    }
    if (count > 0) {
        info->src->next_input_byte += count;
        info->src->bytes_in_buffer -= (size_t)count;
    }
}

static void read_from(j_decompress_ptr info, struct pieces *pieces, const uint8_t *data, size_t len)
{
    memset(pieces, 0, sizeof(*pieces));
    pieces->manager.init_source = nothing;
    pieces->manager.term_source = nothing;
    pieces->manager.fill_input_buffer = next_piece;
    pieces->manager.skip_input_data = skip;
    pieces->manager.resync_to_restart = jpeg_resync_to_restart;
    pieces->next = data;
    pieces->left = len;
    info->src = &pieces->manager;
}

/* The largest sum of magnitudes in a block: real images stay far below, and SIMD code may wrap above. */
#define TAME 6000

/* Whether some block has coefficients that no 8-bit image can have. */
static int is_wild(struct jpeg_decompress_struct *info)
{
    jvirt_barray_ptr *arrays = jpeg_read_coefficients(info);
    int c;
    for (c = 0; c < info->num_components; c++) {
        const jpeg_component_info *component = &info->comp_info[c];
        JDIMENSION row, column;
        for (row = 0; row < component->height_in_blocks; row++) {
            JBLOCKARRAY blocks = info->mem->access_virt_barray((j_common_ptr)info, arrays[c], row, 1, FALSE);
            for (column = 0; column < component->width_in_blocks; column++) {
                long sum = 0;
                int k;
                for (k = 0; k < DCTSIZE2 && component->quant_table != NULL; k++) {
                    sum += labs((long)blocks[0][column][k] * component->quant_table->quantval[k]);
                }
                if (sum > TAME) {
                    return 1;
                }
            }
        }
    }
    return 0;
}

/*
 * Fills `out` with rows of RGB or gray. Returns the samples per pixel; 0 if the file is not an image of `width` by `height`
 * pixels of one of these kinds; -1 if libjpeg rejects it. `warnings` receives the number of warnings; `wild`, whether its
 * coefficients are out of the range of real images.
 */
int judge_jpeg(const uint8_t *data, size_t len, uint32_t width, uint32_t height, uint8_t *out, size_t out_len,
               long *warnings, int *wild)
{
    struct jpeg_decompress_struct info;
    struct judge judge;
    struct pieces pieces;
    volatile int channels = 0;
    info.err = jpeg_std_error(&judge.manager);
    judge.manager.error_exit = refused;
    judge.manager.output_message = silent;
    if (setjmp(judge.back)) {
        jpeg_destroy_decompress(&info);
        return -1;
    }
    jpeg_create_decompress(&info);
    info.mem->max_memory_to_use = 256L << 20;
    read_from(&info, &pieces, data, len);
    jpeg_read_header(&info, TRUE);
    if (info.image_width == width && info.image_height == height && info.num_components != 4) {
        size_t stride;
        info.out_color_space = info.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
        info.dct_method = JDCT_ISLOW;
        info.do_fancy_upsampling = TRUE;
        info.do_block_smoothing = FALSE;
        jpeg_start_decompress(&info);
        stride = (size_t)info.output_width * (size_t)info.output_components;
        if (stride * info.output_height <= out_len) {
            channels = info.output_components;
            while (info.output_scanline < info.output_height) {
                JSAMPROW row = out + stride * info.output_scanline;
                jpeg_read_scanlines(&info, &row, 1);
            }
            jpeg_finish_decompress(&info);
        }
    }
    *warnings = judge.manager.num_warnings;
    jpeg_abort_decompress(&info);
    if (channels > 0) {
        read_from(&info, &pieces, data, len);
        jpeg_read_header(&info, TRUE);
        *wild = is_wild(&info);
    }
    jpeg_destroy_decompress(&info);
    return channels;
}
