/* How malloc() deals with memory that is given back: of the process as a whole.
 *
 * Used by the imager. An image takes a few large arrays and many small ones. glibc raises the size from which
 * arrays are mapped, and so given back at once, up to 32 MB as soon as one of that size is freed; from then
 * on they lie in heaps, between small things that stay, and a process that has seen one large image stays
 * large.
 */
#pragma once

/* Fixes the sizes, and lets threads share one heap. Before there are threads. */
void heap_configure(void);
