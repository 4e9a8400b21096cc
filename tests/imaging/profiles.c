#include "profiles.h"

#include <lcms2.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A table stores XYZ values scaled by this (ICC.1:2010, 6.3.4.2). */
#define HALF (32768.0 / 65535.0)

static void require(gboolean ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "profiles: %s\n", what);
        abort();
    }
}

static void add(cmsPipeline *pipeline, cmsStage *stage)
{
    require(stage != NULL && cmsPipelineInsertStage(pipeline, cmsAT_END, stage), "stage");
}

static cmsHPROFILE profile_begin(void)
{
    cmsHPROFILE profile = cmsCreateProfilePlaceholder(NULL);

    require(profile != NULL, "profile");
    cmsSetProfileVersion(profile, 4.4);
    cmsSetDeviceClass(profile, cmsSigDisplayClass);
    cmsSetColorSpace(profile, cmsSigRgbData);
    cmsSetPCS(profile, cmsSigXYZData);
    require(cmsWriteTag(profile, cmsSigMediaWhitePointTag, cmsD50_XYZ()), "white");
    return profile;
}

static GBytes *profile_end(cmsHPROFILE profile)
{
    cmsUInt32Number size = 0;
    void *bytes;

    require(cmsSaveProfileToMem(profile, NULL, &size), "save");
    bytes = g_malloc(size);
    require(cmsSaveProfileToMem(profile, bytes, &size), "save");
    cmsCloseProfile(profile);
    return g_bytes_new_take(bytes, size);
}

/* A table with sRGB's primaries under D50, scaled by HALF; black is lifted by a part of white. */
static void add_table(cmsHPROFILE profile, cmsTagSignature tag, Table table)
{
    static const double columns[3][3] = {
        {0.4360, 0.2225, 0.0139}, {0.3851, 0.7169, 0.0971}, {0.1431, 0.0606, 0.7141}};
    static const double white[3] = {0.9642, 1.0, 0.8249};
    const double black = table == TABLE_LIFTED ? 0.0034731 : 0.0;
    cmsPipeline *pipeline = cmsPipelineAlloc(NULL, 3, 3);
    cmsToneCurve *gamma = cmsBuildGamma(NULL, 2.2);
    cmsToneCurve *curves[] = {gamma, gamma, gamma};
    double matrix[9], offset[3];

    if (table == TABLE_NONE) {
        cmsFreeToneCurve(gamma);
        cmsPipelineFree(pipeline);
        return;
    }
    for (int row = 0; row < 3; row++) {
        for (int column = 0; column < 3; column++) {
            const int from = table == TABLE_SWAPPED && column < 2 ? 1 - column : column;

            matrix[3 * row + column] = HALF * (1.0 - black) * columns[from][row];
        }
        offset[row] = HALF * black * white[row];
    }
    add(pipeline, cmsStageAllocToneCurves(NULL, 3, curves));
    add(pipeline, cmsStageAllocMatrix(NULL, 3, 3, matrix, offset));
    add(pipeline, cmsStageAllocToneCurves(NULL, 3, NULL));
    require(cmsWriteTag(profile, tag, pipeline), "table");
    cmsFreeToneCurve(gamma);
    cmsPipelineFree(pipeline);
}

GBytes *profile_of_tables(Table perceptual, Table relative)
{
    cmsHPROFILE profile = profile_begin();

    add_table(profile, cmsSigAToB0Tag, perceptual);
    add_table(profile, cmsSigAToB1Tag, relative);
    return profile_end(profile);
}

/* libjxl, lib/jxl/cms/opsin_params.h. */
static const double xyb_offset[3] = {0.015386134, 0.0, 0.27770459};
static const double xyb_scale[3] = {22.995788804, 1.183000077, 1.502141333};
static const double xyb_bias = 0.0037930732552754493;

/* Computes the corners of the cube, from stored values to X + Y, Y - X and B, each between 0 and 1. */
static void mix(const double offsets[3], const double scales[3], cmsUInt16Number table[24])
{
    for (int corner = 0; corner < 8; corner++) {
        const int bits[3] = {corner >> 2 & 1, corner >> 1 & 1, corner & 1};
        double xyb[3], mixed[3];

        for (int i = 0; i < 3; i++)
            xyb[i] = bits[i] / xyb_scale[i] - xyb_offset[i];
        mixed[0] = xyb[1] + xyb[0];
        mixed[1] = xyb[1] - xyb[0];
        mixed[2] = xyb[2] + xyb[1];
        for (int i = 0; i < 3; i++)
            table[3 * corner + i] = (cmsUInt16Number)(0.5 + 65535.0 * (mixed[i] + offsets[i]) * scales[i]);
    }
}

GBytes *profile_xyb(void)
{
    static const double matrix[9] = {1.5170095, -1.1065225, 0.071623,  -0.050022, 0.5683655,
                                     -0.018344, -1.387676,  1.1145555, 0.6857255};
    const double offsets[3] = {xyb_offset[0] + xyb_offset[1],
                               xyb_offset[1] - xyb_offset[0] + 1.0 / xyb_scale[0],
                               xyb_offset[1] + xyb_offset[2]};
    const double both = 1.0 / (1.0 / xyb_scale[0] + 1.0 / xyb_scale[1]);
    const double scales[3] = {both, both, 1.0 / (1.0 / xyb_scale[1] + 1.0 / xyb_scale[2])};
    cmsHPROFILE profile = profile_begin();
    cmsPipeline *pipeline = cmsPipelineAlloc(NULL, 3, 3);
    cmsUInt16Number table[24];
    cmsToneCurve *curves[3];
    double intercepts[3];

    mix(offsets, scales, table);
    for (int i = 0; i < 3; i++) {
        const double b = -offsets[i] + cbrt(xyb_bias);
        const double cube[] = {3.0, 1.0 / scales[i], b, 0.0, fmax(0.0, -b * scales[i])};

        curves[i] = cmsBuildParametricToneCurve(NULL, 4, cube);
        intercepts[i] = -xyb_bias * (matrix[3 * i] + matrix[3 * i + 1] + matrix[3 * i + 2]);
    }
    add(pipeline, cmsStageAllocToneCurves(NULL, 3, NULL));
    add(pipeline, cmsStageAllocCLut16bit(NULL, 2, 3, 3, table));
    add(pipeline, cmsStageAllocToneCurves(NULL, 3, curves));
    add(pipeline, cmsStageAllocMatrix(NULL, 3, 3, matrix, intercepts));
    add(pipeline, cmsStageAllocToneCurves(NULL, 3, NULL));
    require(cmsWriteTag(profile, cmsSigAToB0Tag, pipeline), "XYB");
    cmsFreeToneCurveTriple(curves);
    cmsPipelineFree(pipeline);
    return profile_end(profile);
}

void profile_to_xyb(const int rgb[3], double ret_xyb[3])
{
    static const double matrix[3][3] = {{0.30, 0.622, 0.078},
                                        {0.23, 0.692, 0.078},
                                        {0.24342268924547819, 0.20476744424496821, 0.5518098665095536}};
    double light[3], mixed[3];

    for (int i = 0; i < 3; i++) {
        const double value = rgb[i] / 255.0;

        light[i] = value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
    }
    for (int i = 0; i < 3; i++)
        mixed[i] =
            cbrt(matrix[i][0] * light[0] + matrix[i][1] * light[1] + matrix[i][2] * light[2] + xyb_bias) -
            cbrt(xyb_bias);
    ret_xyb[0] = (mixed[0] - mixed[1]) / 2.0;
    ret_xyb[1] = (mixed[0] + mixed[1]) / 2.0;
    ret_xyb[2] = mixed[2] - ret_xyb[1];
    for (int i = 0; i < 3; i++)
        ret_xyb[i] = round(255.0 * fmin(1.0, fmax(0.0, (ret_xyb[i] + xyb_offset[i]) * xyb_scale[i])));
}
