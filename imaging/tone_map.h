/* Maps high dynamic range to the standard one.
 *
 * Used by the imager, from tagged_profile.c. Pure. Follows Chromium on a display without headroom.
 */
#pragma once

/* Convert a signal between 0 and 1 to light, where 1 is the reference white of 203 cd/m2 (ITU-R BT.2408): up
 * to 49 for PQ. For HLG it is the light of the scene, between 0 and 1, which tone_map_hlg_display() converts
 * to that of a display of 1000 cd/m2 (ITU-R BT.2100-3, table 5; BT.2020 primaries). */
double tone_map_pq_light(double signal);
double tone_map_hlg_light(double signal);
void tone_map_hlg_display(double rgb[3]);

/* Maps light relative to the reference white to light between 0 and 1, for a display whose white is its
 * brightest level. The reference white becomes 0.5; 1000 cd/m2 and more become 1 (the Reference White Tone
 * Mapping Operator of SMPTE ST 2094-50, for content that says nothing about itself). */
double tone_map(double light);

/* Scales all three bands by the factor of the largest one, which keeps the hue. */
void tone_map_rgb(double rgb[3]);
