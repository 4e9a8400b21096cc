#include "jpeg_eighth.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf refused;
} Errors;

static void refuse(j_common_ptr common)
{
    Errors *errors = (Errors *)(void *)common->err;

    longjmp(errors->refused, 1);
}

static void say_nothing(j_common_ptr common)
{
    (void)common;
}

/* Any call may leave this function by longjmp(). */
static void decode(struct jpeg_decompress_struct *jpeg, guint64 max_pixels, JpegEighth *eighth)
{
    gsize stride;

    jpeg_read_header(jpeg, TRUE);
    if ((guint64)jpeg->image_width * jpeg->image_height > max_pixels)
        longjmp(((Errors *)(void *)jpeg->err)->refused, 1);
    jpeg->scale_num = 1;
    jpeg->scale_denom = 8;
    jpeg_start_decompress(jpeg);
    eighth->width = jpeg->output_width;
    eighth->height = jpeg->output_height;
    eighth->channels = (guint)jpeg->output_components;
    stride = (gsize)eighth->width * eighth->channels;
    g_byte_array_set_size(eighth->pixels, (guint)(stride * eighth->height));
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = eighth->pixels->data + stride * jpeg->output_scanline;

        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
}

JpegEighth jpeg_eighth_decode(const void *bytes, gsize size, guint64 max_pixels)
{
    struct jpeg_decompress_struct jpeg;
    JpegEighth eighth = {.pixels = g_byte_array_new()};
    Errors errors;

    jpeg.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = refuse;
    errors.base.output_message = say_nothing;
    jpeg_create_decompress(&jpeg);
    if (setjmp(errors.refused) == 0) {
        jpeg_mem_src(&jpeg, bytes, size);
        decode(&jpeg, max_pixels, &eighth);
    } else {
        g_clear_pointer(&eighth.pixels, g_byte_array_unref);
    }
    eighth.warnings = errors.base.num_warnings;
    jpeg_destroy_decompress(&jpeg);
    return eighth;
}

void jpeg_eighth_clear(JpegEighth *eighth)
{
    g_clear_pointer(&eighth->pixels, g_byte_array_unref);
}

gboolean jpeg_eighth_equal(const JpegEighth *left, const JpegEighth *right)
{
    if (left->pixels == NULL || right->pixels == NULL)
        return left->pixels == right->pixels;
    return left->width == right->width && left->height == right->height &&
           left->channels == right->channels &&
           memcmp(left->pixels->data, right->pixels->data, left->pixels->len) == 0;
}
