/*
 * libjpeg-turbo as the judge of what a JPEG shows: samples at full size by the accurate transform, chroma interpolated,
 * no smoothing of blocks.
 */

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

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

/* Most that the magnitudes of a block may add up to: pictures stay far below, and vector code may wrap above. */
#define TAME 6000

/* Whether some block's coefficients are such as no picture of 8 bits has. */
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
 * Fills `out` with rows of RGB or gray. The answer: samples a pixel, or 0 if it is no picture of `width` by `height`
 * pixels of these kinds, or -1 if libjpeg refuses it. `warnings` counts what it found wrong and went on; `wild` says
 * whether its coefficients are beyond those of pictures.
 */
int judge_jpeg(const uint8_t *data, size_t len, uint32_t width, uint32_t height, uint8_t *out, size_t out_len,
               long *warnings, int *wild)
{
    struct jpeg_decompress_struct info;
    struct judge judge;
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
    jpeg_mem_src(&info, (unsigned char *)data, len);
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
        jpeg_mem_src(&info, (unsigned char *)data, len);
        jpeg_read_header(&info, TRUE);
        *wild = is_wild(&info);
    }
    jpeg_destroy_decompress(&info);
    return channels;
}
