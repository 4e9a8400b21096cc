/* From high dynamic range to the standard one.
 *
 * Used by the imager, from tagged_profile.c. Pure. As Chromium does it on a display without headroom.
 */
#pragma once

/* Light of a signal between 0 and 1, where 1 is the reference white of 203 cd/m2 (ITU-R BT.2408): up to 49
 * for PQ. For HLG it is the light of the scene, between 0 and 1, which tone_map_hlg_display() turns into that
 * of a display of 1000 cd/m2 (ITU-R BT.2100-3, table 5; BT.2020 primaries). */
double tone_map_pq_light(double signal);
double tone_map_hlg_light(double signal);
void tone_map_hlg_display(double rgb[3]);

/* Light relative to the reference white -> light between 0 and 1 of a display whose white is the brightest
 * that it has. The reference white becomes half of that; 1000 cd/m2 and more become white (the Reference
 * White Tone Mapping Operator of SMPTE ST 2094-50, for content that says nothing about itself). */
double tone_map(double light);

/* All three by the factor of the largest, which keeps the hue. */
void tone_map_rgb(double rgb[3]);
